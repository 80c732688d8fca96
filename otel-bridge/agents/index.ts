import type { AgentEvent, JsonObject } from '../domain/event.ts';
import type { Signal } from '../domain/outbox.ts';
import { attributesToMap } from '../otlp/attributes.ts';
import type { OtlpRequest, TracesRequest } from '../otlp/types.ts';
import {
  type PlainAttributes,
  resourcesOf,
  type TelemetryAdapter,
  type TelemetryContext,
} from './adapter.ts';
import { claudeCodeHooks } from './claude-code/hooks.ts';
import { claudeCodeTelemetry } from './claude-code/telemetry.ts';
import { claudeCodeTranscripts } from './claude-code/transcript.ts';
import { clineTelemetry } from './cline/telemetry.ts';
import { codexHooks } from './codex/hooks.ts';
import { codexTelemetry } from './codex/telemetry.ts';
import { codexTranscripts } from './codex/transcript.ts';
import { copilotTelemetry } from './copilot/telemetry.ts';
import { geminiCliTelemetry } from './gemini-cli/telemetry.ts';
import { geminiCliTranscripts } from './gemini-cli/transcript.ts';
import { genericTelemetry } from './generic/telemetry.ts';
import { gitHooks } from './git/hooks.ts';
import { gooseTelemetry } from './goose/telemetry.ts';
import type { HookAdapter, HookContext } from './hook-adapter.ts';
import { openClawTelemetry } from './openclaw/telemetry.ts';
import { openCodeTelemetry } from './opencode/telemetry.ts';
import { qwenCodeTelemetry } from './qwen-code/telemetry.ts';
import { qwenCodeTranscripts } from './qwen-code/transcript.ts';
import type { TranscriptFormat } from './transcript-format.ts';

/** Agents whose OpenTelemetry is understood; the first that knows a resource reads it, the last knows them all. */
export const TELEMETRY_ADAPTERS: readonly TelemetryAdapter[] = [
  claudeCodeTelemetry,
  codexTelemetry,
  copilotTelemetry,
  geminiCliTelemetry,
  openCodeTelemetry,
  qwenCodeTelemetry,
  openClawTelemetry,
  clineTelemetry,
  gooseTelemetry,
  genericTelemetry,
];

/** Agents whose transcripts are understood. */
export const TRANSCRIPT_FORMATS: readonly TranscriptFormat[] = [
  claudeCodeTranscripts,
  codexTranscripts,
  geminiCliTranscripts,
  qwenCodeTranscripts,
];

/** Agents whose hooks are understood. */
export const HOOK_ADAPTERS: readonly HookAdapter[] = [claudeCodeHooks, codexHooks, gitHooks];

/** The events that an agent's own export request tells, in its order; none where no adapter knows the sender. */
export function telemetryToEvents(
  signal: Signal,
  request: OtlpRequest,
  context: TelemetryContext,
): AgentEvent[] {
  return resourcesOf(signal, request).flatMap((sent) => {
    const resource = attributesToMap(sent.telemetry.resource?.attributes ?? []);
    const adapter = adapterOf(resource);
    return adapter === undefined ? [] : adapter.toEvents(sent, resource, context);
  });
}

/** What the agent of a resource is; undefined where no adapter is made for it. */
export function frameworkOf(resource: PlainAttributes): string | undefined {
  const adapter = adapterOf(resource);
  return adapter === genericTelemetry ? undefined : adapter?.framework;
}

function adapterOf(resource: PlainAttributes): TelemetryAdapter | undefined {
  return TELEMETRY_ADAPTERS.find((candidate) => candidate.detects(resource));
}

/** Takes the spans out of a request that tell of the inside of an agent's program alone, in place. */
export function dropInternalSpans(signal: Signal, request: OtlpRequest): void {
  if (signal !== 'traces') return;
  const traces = request as TracesRequest;
  traces.resourceSpans = traces.resourceSpans.filter((group) => {
    const adapter = adapterOf(attributesToMap(group.resource?.attributes ?? []));
    if (adapter?.isInternalSpan === undefined) return true;
    for (const scoped of group.scopeSpans) {
      scoped.spans = scoped.spans.filter((span) => adapter.isInternalSpan?.(span) === false);
    }
    group.scopeSpans = group.scopeSpans.filter(({ spans }) => spans.length > 0);
    return group.scopeSpans.length > 0;
  });
}

/** The events that a hook of an agent tells; none where no adapter knows the agent. */
export function hookToEvents(framework: string, input: JsonObject, context: HookContext): AgentEvent[] {
  const adapter = HOOK_ADAPTERS.find((candidate) => candidate.framework === framework);
  return adapter === undefined ? [] : adapter.toEvents(input, context);
}
