import { expect, it } from 'vitest';
import { dropInternalSpans } from '../../../../otel-bridge/agents/index.ts';
import { makeSpan, tracesRequest } from '../../../helpers/otlp-spans.ts';

const INTERNAL = makeSpan({ name: 'sql.execute', id: 'a' });
const CALL = makeSpan({ name: 'ai.streamText.doStream', id: 'b' });

it("of OpenCode's spans those of the AI SDK are passed on, and nothing is left of a request without any", () => {
  const request = tracesRequest([INTERNAL, CALL], { 'service.name': 'opencode' });
  dropInternalSpans('traces', request);
  const [group] = request.resourceSpans;
  expect(group?.scopeSpans.flatMap(({ spans }) => spans)).toEqual([CALL]);

  const internal = tracesRequest([INTERNAL], { 'service.name': 'opencode' });
  dropInternalSpans('traces', internal);
  expect(internal.resourceSpans).toEqual([]);
});

it('spans of a sender that nobody knows are all passed on', () => {
  const request = tracesRequest([INTERNAL, CALL], { 'service.name': 'somebody' });
  dropInternalSpans('traces', request);
  expect(request.resourceSpans[0]?.scopeSpans[0]?.spans).toEqual([INTERNAL, CALL]);
});
