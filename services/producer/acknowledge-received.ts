import type { SmsReceivedAck } from '../../shared/avro/records';

export type AcknowledgePorts = {
  readonly findReceived: (
    receivedId: string,
  ) => Promise<{ readonly appId: string | null; readonly processed: boolean } | undefined>;
  /**
   * Resolves when Kafka has acknowledged.
   * @throws BridgeError KAFKA_…
   */
  readonly publish: (ack: SmsReceivedAck) => Promise<void>;
  readonly now: () => number;
};

/**
 * Records that a business system has stored a received message: publishes on `sms.received.ack`,
 * which the archiver applies.
 * @returns false if the caller has no such message. Customer service has all of them
 */
export const acknowledgeReceived = async (
  request: { readonly receivedId: string; readonly appId: string; readonly customerService: boolean },
  ports: AcknowledgePorts,
): Promise<boolean> => {
  const { receivedId, appId, customerService } = request;
  const received = await ports.findReceived(receivedId);
  if (received === undefined || !(customerService || received.appId === appId)) return false;
  if (!received.processed) await ports.publish({ receivedId, appId, processedAt: ports.now() });
  return true;
};
