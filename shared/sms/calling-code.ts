import { getCountryCallingCode } from 'libphonenumber-js/max';
import type { Country } from './normalise-msisdn';

/** Returns the digits that dial a country, e.g. 86. */
export const toCallingCode = (country: Country): string => getCountryCallingCode(country);
