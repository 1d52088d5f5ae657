/**
 * The statements in an advice of the doctor, as a DBA would copy them: a line each with its semicolon, or what follows "A DBA:" or "As the owner of the
 * tables:" up to the end of its sentence.
 */
export const statementsInAdvice = (advice: string): readonly string[] => [
  ...[...advice.matchAll(/^ {6}(.+);$/gm)].map(([, text]) => text!),
  ...[...advice.matchAll(/(?:A DBA|As the owner of the tables): ([A-Z].*?)(?=\. | \(|$)/gm)].map(([, text]) => text!),
];
