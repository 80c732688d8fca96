import { expect, test } from 'vitest';
import { settingsFrom } from '../../helpers/settings-from.ts';

test.each([
  ['collector', 'https://otlp.example.com', 'targets.collector has a name that the stack uses itself'],
  ['cloud', 'http://host.docker.internal:4318', 'which is agent-monitor itself'],
  ['cloud', 'http://[::]:8080', 'which is agent-monitor itself'],
])('a target %s at %s is refused as invalid settings', (name, endpoint, text) => {
  expect(() => settingsFrom(`targets: {${name}: {endpoint: "${endpoint}"}}`)).toThrow(
    expect.objectContaining({ code: 'SETTINGS_INVALID', message: expect.stringContaining(text) }),
  );
});
