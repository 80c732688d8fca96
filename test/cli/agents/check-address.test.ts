import { describe, expect, it } from 'vitest';
import { checkAddress } from '../../../cli/agents/check-address.ts';

describe('an address that agents are told', () => {
  it.each([undefined, 'localhost', '192.168.122.1', '::1', 'fe80::1', 'host.docker.internal', 'my_box'])(
    'may be %j',
    (address) => {
      expect(() => checkAddress('--address', address)).not.toThrow();
    },
  );

  it.each(['', 'a b', 'http://10.0.0.5', '10.0.0.5:8080', '-x', 'a/b', "a'b"])('may not be %j', (address) => {
    expect(() => checkAddress('--address', address)).toThrow(
      `--address is "${address}", wanted a name or an IP`,
    );
  });
});
