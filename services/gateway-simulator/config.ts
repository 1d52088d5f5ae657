import { databaseChecks, databaseVariables } from '../../shared/config/database-variables';
import { defineConfig, flag, integer, list, optional, ratio, text } from '../../shared/config/define-config';
import type { Variable } from '../../shared/config/read-variable';
import { serviceVariables } from '../../shared/config/service-variables';

type Options = { readonly doc: string; readonly default: string };

/** Defines a duration in ms between two bounds, `100-400`; `250` is always 250. */
const range = (options: Options): Variable<{ readonly min: number; readonly max: number }> => {
  const problem = 'must be milliseconds, as 250 or as 100-400 (the smaller first, at most 86400000)';
  const base = text(options);
  const schema = base.schema
    .refine((value) => /^\d{1,8}(-\d{1,8})?$/.test(value), problem)
    .transform((value) => {
      const [min = 0, max = min] = value.split('-').map(Number);
      return { min, max };
    })
    .refine(({ min, max }) => min <= max && max <= 86_400_000, problem);
  return { ...base, schema };
};

/** Defines codes with weights: `DELIVRD=90,UNDELIV=5`. */
const weights = (options: Options): Variable<readonly { readonly code: string; readonly weight: number }[]> => {
  const base = list(options);
  const schema = base.schema
    .refine(
      (entries) => entries.every((entry) => /^[^=]{1,32}=\d{1,6}$/.test(entry)),
      'must be CODE=weight, comma-separated; a weight is a whole number',
    )
    .transform((entries) =>
      entries.map((entry) => {
        const [code = '', weight = '0'] = entry.split('=');
        return { code: code.trim(), weight: Number(weight) };
      }),
    )
    .refine((entries) => entries.some(({ weight }) => weight > 0), 'must have at least one weight above 0');
  return { ...base, schema };
};

/** Defines the name of a table that the simulator owns. */
const table = (options: Options): Variable<string> => {
  const base = text(options);
  const schema = base.schema.refine(
    (value) => /^([a-z][a-z0-9_]{0,29}\.)?[a-z][a-z0-9_]{0,29}$/.test(value),
    'must be a lower-case SQL name of at most 30 letters, digits and _ (optionally schema.name)',
  );
  return { ...base, schema };
};

export const simulatorConfig = defineConfig(
  'gateway-simulator',
  'plays the province on the four exchange tables: for demonstrations, tests and benchmarks, never beside the real one.',
  {
    ...serviceVariables,
    ...databaseVariables,
    SIMULATOR_SEED: text({
      doc: 'The outcome of a message is a function of this and its id: the same seed repeats it.',
      default: '1',
    }),
    SIMULATOR_JOURNAL: table({
      doc: 'Table with one row for each row that was taken. It and the next two are created at start if they do not exist (not their schema).',
      default: 'gateway_journal',
    }),
    SIMULATOR_ANSWERS: table({
      doc: 'Table of the replies that are not given yet.',
      default: 'gateway_answer',
    }),
    SIMULATOR_KEEP_ANSWERS: flag({
      doc: 'Keep a copy of every reply that was given, in the table of SIMULATOR_ANSWERS with _log added.',
      default: 'false',
    }),
    SIMULATOR_WORKERS: integer({ doc: 'Batches taken at once.', default: '2', min: 1, max: 16 }),
    SIMULATOR_ANSWER_WORKERS: integer({
      doc: 'Batches of replies given at once.',
      default: '1',
      min: 1,
      max: 16,
    }),
    SIMULATOR_BATCH_SIZE: integer({ doc: 'Most rows taken in one transaction.', default: '1000', min: 1, max: 10_000 }),
    SIMULATOR_TAKE_PER_SECOND: integer({
      doc: 'Most rows this instance takes in a second, to play a slow province; 0: as many as it can.',
      default: '0',
    }),
    SIMULATOR_POLL_MS: range({ doc: 'Pause when there is nothing to do, growing from … to.', default: '10-250' }),
    SIMULATOR_INBOUND_PER_SECOND: integer({
      doc: 'Inbound messages a second that are not replies.',
      default: '0',
      max: 10_000,
    }),
    PROVINCE_TIME_ZONE: optional(
      text({
        doc: "Time zone of the simulated province: an IANA name or an offset such as +08:00; unset: the exchange file's timeZone.",
      }),
    ),
    SIMULATOR_COUNTRY_CODE: text({ doc: 'Country code that numbers come with or without.', default: '86' }),

    SIMULATOR_SUBMIT_MS: range({ doc: 'From taking a row to its submit result.', default: '50-400' }),
    SIMULATOR_SUBMIT_OK_CODE: text({ doc: 'RESULT of a message that was submitted.', default: '0' }),
    SIMULATOR_SUBMIT_FAILED_RATIO: ratio({ doc: 'Messages that the gateway refuses.', default: '0.01' }),
    SIMULATOR_SUBMIT_FAILED_CODES: weights({
      doc: 'RESULT of those, CODE=weight.',
      default: '13=3,12=2,BLACK=1,KEYWORD=1',
    }),
    SIMULATOR_NO_SUBMIT_RATIO: ratio({ doc: 'Messages without a submit result.', default: '0' }),
    SIMULATOR_DUPLICATE_SUBMIT_RATIO: ratio({ doc: 'Submit results that come twice.', default: '0.01' }),

    SIMULATOR_REPORT_MS: range({ doc: 'From the submit result to the delivery report.', default: '300-2000' }),
    SIMULATOR_REPORT_CODES: weights({
      doc: 'STAT of the reports, CODE=weight.',
      default:
        'DELIVRD=920,UNDELIV=20,EXPIRED=20,REJECTD=5,DELETED=2,MK:0001=8,MN:0001=5,MI:0013=5,ID:0076=5,BLACK=4,NOROUTE=3,BEYONDD=3',
    }),
    SIMULATOR_NO_REPORT_RATIO: ratio({ doc: 'Messages whose report never comes.', default: '0' }),
    SIMULATOR_DUPLICATE_REPORT_RATIO: ratio({ doc: 'Reports that come twice.', default: '0.02' }),
    SIMULATOR_EARLY_REPORT_RATIO: ratio({ doc: 'Reports that come before their submit result.', default: '0.03' }),
    SIMULATOR_LATE_REPORT_RATIO: ratio({ doc: 'Reports that come later by SIMULATOR_LATE_MS.', default: '0.02' }),
    SIMULATOR_LATE_MS: range({ doc: 'Delay of late reports.', default: '1000-2000' }),
    SIMULATOR_INTERIM_REPORT_RATIO: ratio({
      doc: 'Reports preceded by an ACCEPTD, which is not final.',
      default: '0.02',
    }),
    SIMULATOR_UNKNOWN_REPORT_RATIO: ratio({
      doc: 'Messages with an additional report about a message that was never sent.',
      default: '0.005',
    }),
    SIMULATOR_NULL_MSG_ID_RATIO: ratio({ doc: 'Reports without MSG_ID.', default: '0.5' }),
    SIMULATOR_OTHER_ID_RATIO: ratio({
      doc: "Reports that write the gateway's id in another case or with other leading zeros.",
      default: '0.1',
    }),
    SIMULATOR_OTHER_NUMBER_RATIO: ratio({
      doc: 'Reports and replies that write the number without the country code, with + or with 00.',
      default: '0.2',
    }),

    SIMULATOR_REPLY_RATIO: ratio({ doc: 'Messages that the customer replies to.', default: '0.1' }),
    SIMULATOR_REPLY_MS: range({ doc: "From the submit result to the customer's reply.", default: '500-2500' }),
  },
  databaseChecks,
);
