import { InvalidArgumentError } from 'commander';

/**
 * Returns a parser for options that are whole numbers from `min` to `max`.
 * @throws InvalidArgumentError
 */
export const wholeNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
