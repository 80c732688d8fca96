/** A wait that somebody else can end. */
export interface InterruptibleWait {
  /** Resolves after `ms`, at `wake()`, or at once where `wake()` was called since the last wait. */
  sleep(ms: number): Promise<void>;
  /** Ends the wait that runs, or the next one. */
  wake(): void;
}

/** Creates a wait for one waiter at a time. */
export function createInterruptibleWait(): InterruptibleWait {
  let woken = false;
  let end: (() => void) | null = null;
  return {
    sleep(ms) {
      if (woken) {
        woken = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        const finish = (): void => {
          clearTimeout(timer);
          end = null;
          woken = false;
          resolve();
        };
        const timer = setTimeout(finish, ms);
        end = finish;
      });
    },
    wake() {
      if (end === null) woken = true;
      else end();
    },
  };
}
