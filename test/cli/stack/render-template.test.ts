import { describe, expect, it } from 'vitest';
import { renderTemplate } from '../../../cli/stack/render-template.ts';

describe('renderTemplate()', () => {
  it('fills in values', () => {
    const values = { port: 3100, name: 'loki' };
    expect(renderTemplate('url: http://<name>:<port>/<name>', { values, flags: {} })).toBe(
      'url: http://loki:3100/loki',
    );
  });

  it('shows or leaves out what stands between marks', () => {
    const template = 'a: 1\n  # <if extra>\n  b: 2\n# <end>\nc: 3';
    expect(renderTemplate(template, { values: {}, flags: { extra: true } })).toBe('a: 1\n  b: 2\nc: 3');
    expect(renderTemplate(template, { values: {}, flags: { extra: false } })).toBe('a: 1\nc: 3');
  });

  it('refuses a name that is not given', () => {
    expect(() => renderTemplate('<port>', { values: {}, flags: {} })).toThrow('"port"');
    expect(() => renderTemplate('# <if x>', { values: {}, flags: {} })).toThrow('"x"');
  });
});
