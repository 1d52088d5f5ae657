import { toCallingCode } from '../../../shared/sms/calling-code';
import { toDialled } from '../../../shared/sms/dialled-text';
import type { Country } from '../../../shared/sms/normalise-msisdn';

/** An application that customers can write to. */
export type Extension = { readonly appId: string; readonly extCode: string | null };

export type Route = { readonly appId: string; readonly extCode: string };

/**
 * Returns the digits that the customer dialled after the access number, or undefined for another
 * number.
 */
export type ToExtension = (destAddr: string) => string | undefined;

/**
 * Creates the split at the access number, which may come with or without the country code in any
 * usual notation.
 */
export const createToExtension = (accessNumber: string, country: Country): ToExtension => {
  const code = toCallingCode(country);
  const prefixes = ['', '+', code, `+${code}`, `00${code}`].map((prefix) => `${prefix}${accessNumber}`);
  return (destAddr) => {
    const digits = toDialled(destAddr) ?? destAddr.replace(/[\s-]/g, '');
    const prefix = prefixes.find((candidate) => digits.startsWith(candidate));
    return prefix === undefined ? undefined : digits.slice(prefix.length);
  };
};

/**
 * Creates the route by the longest extension code that the dialled digits begin with. The extension
 * of a disabled application still routes to it; otherwise its messages would reach another
 * application with a shorter extension. If several applications share an extension, the first by
 * name gets the message.
 */
export const createRoute = (applications: readonly Extension[]): ((extension: string) => Route | undefined) => {
  const routes = new Map<string, Route>();
  for (const { appId, extCode } of applications) {
    if (extCode === null || extCode === '') continue;
    const other = routes.get(extCode);
    if (other === undefined || appId < other.appId) routes.set(extCode, { appId, extCode });
  }
  const longest = Math.max(0, ...[...routes.keys()].map((extCode) => extCode.length));
  return (extension) => {
    for (let length = Math.min(longest, extension.length); length > 0; length -= 1) {
      const route = routes.get(extension.slice(0, length));
      if (route !== undefined) return route;
    }
    return undefined;
  };
};
