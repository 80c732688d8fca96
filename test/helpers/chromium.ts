/** A real browser for tests of pages. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where Chromium is; null where there is none. `CHROMIUM_PATH` wins. */
export function findChromium(): string | null {
  const told = process.env.CHROMIUM_PATH;
  return [...(told === undefined ? [] : [told]), ...PLACES].find((path) => existsSync(path)) ?? null;
}

/** Starts it; it calls nobody but the pages that a test opens. */
export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
