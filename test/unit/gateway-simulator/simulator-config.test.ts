import { simulatorConfig } from '../../../services/gateway-simulator/config';
import { toBehaviour } from '../../../services/gateway-simulator/wiring/to-behaviour';
import { loadConfig } from '../../../shared/config/define-config';
import { loadExchangeMapping } from '../../../shared/exchange/exchange-mapping';

const load = (env: Readonly<Record<string, string>>) =>
  loadConfig(simulatorConfig, { DATABASE_URL: 'postgres://localhost/x', ...env });

describe('the simulator’s configuration', () => {
  it('describes a province without faults by default', () => {
    const behaviour = toBehaviour(load({}), loadExchangeMapping());
    const total = behaviour.reportCodes.reduce((sum, { weight }) => sum + weight, 0);
    const delivered = behaviour.reportCodes.filter(({ delivers }) => delivers);
    expect(delivered.map(({ code }) => code)).toEqual(['DELIVRD']);
    expect((delivered[0]?.weight ?? 0) / total).toBeCloseTo(0.92, 2);
    expect(behaviour.submitMs.max + behaviour.reportMs.max).toBeLessThanOrEqual(3000);
    expect(behaviour.ratios).toMatchObject({ reply: 0.1, noSubmit: 0, noReport: 0 });
  });

  it('reads durations, weighted codes and table names', () => {
    expect(
      load({
        SIMULATOR_SUBMIT_MS: '250',
        SIMULATOR_REPORT_MS: '0-10',
        SIMULATOR_REPORT_CODES: 'MK:0001=3, DELIVRD=0',
        SIMULATOR_JOURNAL: 'province.taken',
      }),
    ).toMatchObject({
      SIMULATOR_SUBMIT_MS: { min: 250, max: 250 },
      SIMULATOR_REPORT_MS: { min: 0, max: 10 },
      SIMULATOR_REPORT_CODES: [
        { code: 'MK:0001', weight: 3 },
        { code: 'DELIVRD', weight: 0 },
      ],
      SIMULATOR_JOURNAL: 'province.taken',
    });
  });

  it.each([
    ['SIMULATOR_SUBMIT_MS', '400-100', /must be milliseconds/],
    ['SIMULATOR_SUBMIT_MS', '1s', /must be milliseconds/],
    ['SIMULATOR_LATE_MS', '99999999', /must be milliseconds/],
    ['SIMULATOR_REPORT_CODES', 'DELIVRD', /must be CODE=weight/],
    ['SIMULATOR_REPORT_CODES', 'DELIVRD=0', /weight above 0/],
    ['SIMULATOR_JOURNAL', 'a; DROP TABLE b', /must be a lower-case SQL name/],
    ['SIMULATOR_REPLY_RATIO', '2', /must be a number from 0 to 1/],
  ])('refuses %s=%s with a reason', (name, value, problem) => {
    expect(() => load({ [name]: value })).toThrow(problem);
    expect(() => load({ [name]: value })).toThrow(name);
  });
});
