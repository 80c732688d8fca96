/** An agent that exports model calls as Claude Code does, one request after the other, and knows what was acknowledged. */
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { decodeRequest, decodeResponse, encodeRequest } from '../../otel-bridge/otlp/codec.ts';
import { exportService } from '../../otel-bridge/sources/otlp/grpc/export-services.ts';

/** Model calls that are being sent. */
export interface ClaudeLogLoad {
  /** Numbers of the acknowledged calls. */
  readonly acknowledged: number[];
  /** Output tokens of the acknowledged calls. */
  tokens(): number;
  /** Sends again what was not acknowledged and resolves when all is. */
  finish(): Promise<void>;
}

/** Output tokens of call n. */
const tokensOf = (n: number): number => 1 + (n % 5);

const keyValue = (key: string, value: string | number) => ({
  key,
  value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
});

function exportRequest(name: string, numbers: readonly number[]): string {
  const logRecords = numbers.map((n) => ({
    timeUnixNano: `${Date.now()}000000`,
    body: { stringValue: 'claude_code.api_request' },
    attributes: [
      keyValue('event.name', 'api_request'),
      keyValue('session.id', `${name}-${n % 10}`),
      keyValue('request_id', `${name}-${n}`),
      keyValue('model', 'claude-opus-5-5'),
      keyValue('input_tokens', 0),
      keyValue('output_tokens', tokensOf(n)),
      keyValue('cost_usd', 1),
      keyValue('duration_ms', 100),
    ],
  }));
  const attributes = [keyValue('service.name', 'claude-code'), keyValue('project', name)];
  return JSON.stringify({ resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords }] }] });
}

/** Starts to export: 4 senders, 4 calls a request, about `requestsPerSecond` together. */
export function startClaudeLogLoad(options: {
  /** Base URL of the OTLP port. */
  readonly url: string;
  /** Distinguishes the calls of two loads; also their project. */
  readonly name: string;
  readonly requestsPerSecond: number;
  /** Port of OTLP over gRPC, to send there in place of `url`. */
  readonly grpcPort?: number;
}): ClaudeLogLoad {
  const senders = 4;
  const batch = 4;
  const agent = new Agent({ keepAlive: true });
  const acknowledged: number[] = [];
  let isOver = false;
  let next = 0;

  const client =
    options.grpcPort === undefined
      ? null
      : new Client(`127.0.0.1:${options.grpcPort}`, credentials.createInsecure());

  /** @returns true when it was acknowledged */
  const call = (body: string): Promise<boolean> =>
    new Promise((resolve) => {
      const { path, requestSerialize } = exportService('logs').Export;
      const message = Buffer.from(encodeRequest('logs', decodeRequest('logs', Buffer.from(body), 'json')));
      const deadline = Date.now() + 5000;
      const decode = (answer: Buffer): unknown => decodeResponse('logs', answer, 'protobuf');
      client?.makeUnaryRequest(
        path,
        requestSerialize,
        decode,
        message,
        new Metadata(),
        { deadline },
        (error) => resolve(error === null),
      );
    });

  const post = (body: string): Promise<number> =>
    new Promise((resolve) => {
      const outgoing = request(
        `${options.url}/v1/logs`,
        { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
        (response) => {
          response.resume();
          response.once('end', () => resolve(response.statusCode ?? 0));
          response.once('error', () => resolve(0));
        },
      );
      outgoing.once('error', () => resolve(0));
      outgoing.end(body);
    });

  const run = async (): Promise<void> => {
    while (!isOver) {
      const numbers = Array.from({ length: batch }, () => next++);
      // The bytes of a resend are those of the first try, as an exporter's are.
      const body = exportRequest(options.name, numbers);
      while (client === null ? (await post(body)) !== 200 : !(await call(body))) await delay(50);
      acknowledged.push(...numbers);
      await delay((1000 * senders) / options.requestsPerSecond);
    }
  };

  const running = Promise.all(Array.from({ length: senders }, run));
  return {
    acknowledged,
    tokens: () => acknowledged.reduce((sum, n) => sum + tokensOf(n), 0),
    async finish() {
      isOver = true;
      await running;
      agent.destroy();
      client?.close();
    },
  };
}
