import { defineConfig, loadConfig } from '../../../services/shared/config/define-config';
import { kafkaVariables, toKafkaSettings } from '../../../services/shared/config/kafka-variables';

const settings = (env: Record<string, string>) =>
  toKafkaSettings(loadConfig(defineConfig('test', 'test', kafkaVariables), env), 'test');

describe('security settings of Kafka', () => {
  it.each([
    [{ KAFKA_TLS_CA_FILE: '/ca.pem' }, /KAFKA_TLS=true/],
    [{ KAFKA_TLS: 'true', KAFKA_TLS_CERT_FILE: '/cert.pem' }, /KAFKA_TLS_KEY_FILE: set both/],
    [{ KAFKA_TLS: 'true', KAFKA_TLS_CA_FILE: '/no/such.pem' }, /KAFKA_TLS_CA_FILE: cannot read it: .*ENOENT/],
    [{ KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'me' }, /set KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD/],
    [{ KAFKA_SASL_USERNAME: 'me', KAFKA_SASL_PASSWORD: 'secret' }, /set KAFKA_SASL_MECHANISM too/],
  ])('%j is refused', (env, message) => {
    expect(() => settings(env)).toThrow(message);
  });

  it('are passed on when they are complete', () => {
    const env = {
      KAFKA_TLS: 'true',
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: 'me',
      KAFKA_SASL_PASSWORD: 's',
    };
    expect(settings(env)).toMatchObject({
      tls: {},
      sasl: { mechanism: 'scram-sha-512', username: 'me', password: 's' },
    });
  });
});
