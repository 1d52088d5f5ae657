import { hostname } from 'node:os';
import { integer, oneOf, text } from './define-config';

/** Variables of every service process. */
export const serviceVariables = {
  INSTANCE_ID: text({
    doc: 'Stable name of this instance, different for each process of one service (in a StatefulSet: the pod name).',
    default: hostname(),
    defaultDoc: 'the host name',
  }),
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    doc: 'error: a person must act.',
    default: 'info',
  }),
  HEALTH_HOST: text({
    doc: 'Address that health and metrics listen on; the image sets 0.0.0.0. Who reaches it reads names of hosts and accounts in /health/ready: only probes and Prometheus should.',
    default: '127.0.0.1',
  }),
  HEALTH_PORT: integer({
    doc: 'Port of /health/live, /health/ready and /metrics; 0 takes a free one.',
    default: '9464',
    max: 65535,
  }),
};
