import { describe, expect, it } from 'vitest';
import { frameworkOf } from '../../../otel-bridge/agents/index.ts';
import { createSenderLog } from '../../../otel-bridge/agents/sender-log.ts';
import { logsRequest, makeSpan, tracesRequest } from '../../helpers/otlp-spans.ts';

const UNKNOWN = { 'service.name': 'my-agent', 'host.name': 'box', project: 'demo' };

describe('the log of senders', () => {
  it('keeps when each signal of a sender came last, whether or not it is understood', () => {
    const log = createSenderLog(frameworkOf);
    log.observe('traces', tracesRequest([makeSpan({ name: 'GET /', id: 'a' })], UNKNOWN), 1000);
    const known = { 'service.name': 'opencode', project: 'demo', agent: 'alice' };
    log.observe('logs', logsRequest([{}, {}], known), 2000);
    log.observe('logs', logsRequest([{}], UNKNOWN), 3000);
    expect(log.signals()).toEqual([
      {
        framework: 'my-agent',
        project: 'demo',
        agent: 'my-agent@box',
        lastMetricMs: null,
        lastLogMs: 3000,
        lastSpanMs: 1000,
      },
      {
        framework: 'opencode',
        project: 'demo',
        agent: 'alice',
        lastMetricMs: null,
        lastLogMs: 2000,
        lastSpanMs: null,
      },
    ]);
  });

  it('says how much of which sender a request held, and whether anyone knows it', () => {
    const log = createSenderLog(frameworkOf);
    expect(log.observe('logs', logsRequest([{}, {}], UNKNOWN), 0)).toEqual([
      { signal: 'logs', framework: 'my-agent', known: false, count: 2 },
    ]);
    expect(log.observe('logs', logsRequest([{}], { 'service.name': 'copilot-chat' }), 0)).toEqual([
      { signal: 'logs', framework: 'copilot', known: true, count: 1 },
    ]);
    expect(log.observe('logs', logsRequest([], UNKNOWN), 0)).toEqual([]);
  });

  it('forgets who was silent for longest', () => {
    const log = createSenderLog(() => undefined);
    for (let n = 0; n < 1200; n += 1) {
      log.observe('logs', logsRequest([{}], { 'service.name': `s${n}` }), n);
      log.observe('logs', logsRequest([{}], { 'service.name': 's0' }), n);
    }
    const names = log.signals().map(({ framework }) => framework);
    expect(names).toHaveLength(1000);
    expect(names).toContain('s0');
    expect(names).not.toContain('s1');
  });
});
