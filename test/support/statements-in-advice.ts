/**
 * Returns the statements of the doctor's advice as a DBA would copy them: lines that end with a
 * semicolon, and what follows "A DBA:" or "As the owner of the tables:" up to the end of the
 * sentence.
 */
export const statementsInAdvice = (advice: string): readonly string[] => [
  ...[...advice.matchAll(/^ {6}(.+);$/gm)].map(([, text]) => text!),
  ...[...advice.matchAll(/(?:A DBA|As the owner of the tables): ([A-Z].*?)(?=\. | \(|$)/gm)].map(([, text]) => text!),
];
