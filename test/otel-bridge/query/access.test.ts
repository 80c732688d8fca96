import { request as httpRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startQueryServer, type TestQueryServer } from '../../helpers/query-server.ts';

let api: TestQueryServer;
beforeEach(async () => {
  api = await startQueryServer({
    access: {
      isKnownHost: (host) => host?.startsWith('127.0.0.1') ?? false,
      isKnownOrigin: (origin, host) => origin === `http://${host}`,
      mayRead: async (_request, token) => token === 'amt_good.one',
    },
  });
});
afterEach(() => api[Symbol.asyncDispose]());

const PATHS = [
  '/v1/events',
  '/v1/sessions',
  '/v1/sessions/a',
  '/v1/usage',
  '/v1/status',
  '/',
  '/page.js',
  '/none',
];

describe('with tokens', () => {
  test.each(PATHS)('%s needs one', async (path) => {
    const response = await fetch(`${api.url}${path}`);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('Bearer');
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const wrong = await fetch(`${api.url}${path}`, { headers: { authorization: 'Bearer amt_bad' } });
    expect(wrong.status).toBe(401);
  });

  test.each([{ authorization: 'Bearer amt_good.one' }, { 'x-agent-monitor-token': 'amt_good.one' }])(
    '%j opens the API',
    async (headers) => {
      const { status } = await api.get('/v1/events', headers as Record<string, string>);
      expect(status).toBe(200);
    },
  );

  test('/healthz needs none', async () => {
    expect(await api.get('/healthz')).toEqual({ status: 200, body: { status: 'ok' } });
  });

  test('a browser without one is told how to get one', async () => {
    const response = await fetch(api.url, { headers: { accept: 'text/html' } });
    expect(response.status).toBe(401);
    expect(await response.text()).toContain('monitor open ui');
  });

  test('/login turns a token into a cookie that scripts cannot read, and leads to the page', async () => {
    const login = await fetch(`${api.url}/login?token=amt_good.one&next=/sessions/a`, { redirect: 'manual' });
    expect(login.status).toBe(303);
    expect(login.headers.get('location')).toBe('/sessions/a');
    const cookie = login.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^agent_monitor_token=amt_good\.one; Path=\/; .*HttpOnly; SameSite=Strict$/);
    expect(login.headers.get('referrer-policy')).toBe('no-referrer');
    const page = await fetch(api.url, { headers: { cookie: `other=1; ${cookie.split(';')[0]}` } });
    expect(page.status).toBe(200);
  });

  test('/login refuses a wrong token and sets nothing', async () => {
    const login = await fetch(`${api.url}/login?token=amt_bad`, { redirect: 'manual' });
    expect(login.status).toBe(401);
    expect(login.headers.get('set-cookie')).toBeNull();
  });

  test('a broken cookie is the same as none', async () => {
    const page = await fetch(api.url, { headers: { cookie: 'agent_monitor_token=%E0%A4%A' } });
    expect(page.status).toBe(401);
  });
});

describe('who asks from where', () => {
  const headers = { authorization: 'Bearer amt_good.one' };

  test('another name that points here is not answered', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      httpRequest(`${api.url}/healthz`, { headers: { host: 'evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(421);
  });

  test('a page of another site is not answered, our own is', async () => {
    const foreign = await api.get('/v1/events', { ...headers, origin: 'http://evil.example' });
    expect(foreign).toMatchObject({ status: 403, body: { code: 'foreign_origin' } });
    expect((await api.get('/v1/events', { ...headers, origin: api.url })).status).toBe(200);
  });

  test('no answer may be read by another site, framed, sniffed or kept', async () => {
    for (const path of ['/v1/events', '/', '/page.js', '/page.css', '/none']) {
      const response = await fetch(`${api.url}${path}`, { headers });
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('cache-control')).toBe('no-store');
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
    }
  });
});
