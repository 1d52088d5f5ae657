import { KAFKA_TLS_VARIABLES } from '../../../shared/config/kafka-variables';
import { explainTls, toPlainReason } from '../../../shared/tls/explain-tls';

const explain = (text: string) => explainTls(text, KAFKA_TLS_VARIABLES);

describe('explainTls', () => {
  it.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'KAFKA_TLS_CA_FILE'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'KAFKA_TLS_CA_FILE'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'KAFKA_TLS_CA_FILE'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'KAFKA_TLS_CA_FILE'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'KAFKA_BROKERS'],
    ['CERT_HAS_EXPIRED', 'has expired'],
    ['CERT_NOT_YET_VALID', 'clock'],
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'KAFKA_TLS_CERT_FILE'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'KAFKA_TLS_CERT_FILE'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'KAFKA_TLS_CERT_FILE'],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN', 'KAFKA_TLS_KEY_FILE'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'KAFKA_TLS=false'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'TLS 1.2'],
  ])('names the remedy for %s, which is not transient', (code, name) => {
    expect(explain(code)).toMatchObject({ text: expect.stringContaining(name), lasting: true });
  });

  it.each([
    ['unable to verify the first certificate', 'KAFKA_TLS_CA_FILE'],
    ["Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list: ", 'KAFKA_BROKERS'],
    ['sslv3 alert bad certificate', 'KAFKA_TLS_CERT_FILE'],
    ['tlsv13 alert certificate required:SSL alert number 116', 'KAFKA_TLS_CERT_FILE'],
    ['The server does not support SSL connections', 'KAFKA_TLS=false'],
  ])('recognises the text too: %s', (message, name) => {
    expect(explain(message)?.text).toContain(name);
  });

  it('calls a connection that the server breaks off transient, because the server may be stopping', () => {
    const problem = explain('Client network socket disconnected before secure TLS connection was established');
    expect(problem).toMatchObject({ text: expect.stringContaining('KAFKA_TLS=false'), lasting: false });
  });

  it.each([
    'connect ECONNREFUSED 127.0.0.1:9092',
    'relation "x" does not exist',
    'Request Fetch(key: 1) timed out',
    '',
  ])('returns nothing for other errors: %s', (message) => expect(explain(message)).toBeUndefined());
});

it('the reason remains of a line of OpenSSL', () => {
  const line =
    'Connection error: 808CAF5E2A7F0000:error:0A000412:SSL routines:ssl3_read_bytes:sslv3 alert bad certificate:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:1601:SSL alert number 42\n';
  expect(toPlainReason(line)).toBe('Connection error: sslv3 alert bad certificate');
  expect(toPlainReason('error:05800074:x509 certificate routines::key values mismatch')).toBe('key values mismatch');
  expect(toPlainReason('error: something else')).toBe('error: something else');
});
