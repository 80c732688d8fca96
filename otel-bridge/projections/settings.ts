import type { BridgeConfig } from '../config.ts';
import type { UsagePayload } from '../domain/payload.ts';

/** Computes what a model call cost, in nano-dollars; null where the model's price is not known. */
export type PriceOf = (call: {
  readonly model: string;
  readonly tsMs: number;
  readonly usage: UsagePayload;
  readonly speed?: string | undefined;
  /** Where it was computed, where the provider charges for choosing that. */
  readonly inferenceGeo?: string | undefined;
}) => number | null;

/** What projections need to know beside events. */
export interface ProjectionSettings {
  /** How long a fact waits for better knowledge before it is counted, ms. */
  readonly settleMs: number;
  /** Older than this when first received = history, ms. */
  readonly historyAfterMs: number;
  /** A run without an end of its own ends after this much silence, ms. */
  readonly idleEndMs: number;
  /** Attribution rules of the settings, first match wins. */
  readonly rules: BridgeConfig['projects'];
  /** `service.instance.id` of everything that the bridge says. */
  readonly instanceId: string;
  /** Which lanes have a target: records of other lanes are not built. */
  readonly lanes: { readonly logs: boolean; readonly traces: boolean; readonly metrics: boolean };
  readonly priceOf: PriceOf;
  /** Context window of a model, tokens; null where it is not known. Left out: none is. */
  readonly windowOf?: ((model: string) => number | null) | undefined;
  /** How agents are paid for, by framework or by the agent's name. Left out: by use. */
  readonly billing?: BridgeConfig['billing'] | undefined;
}
