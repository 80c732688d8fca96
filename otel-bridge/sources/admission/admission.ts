import { MonitorError } from '../../domain/error.ts';
import { takeTurns } from './take-turns.ts';

/** A request on its way: from its first byte until it is answered. Dispose it then. */
export interface Pass extends Disposable {
  /**
   * Counts that the request takes so many bytes by now, as they were sent or inflated.
   * @throws MonitorError `unavailable` when there is no room for them; they are not counted then.
   */
  hold(bytes: number): void;
  /** Says that all of the request is there: it makes no room for others any more. */
  arrived(): void;
  /**
   * Does what unfolds the request (decoding makes a hundred bytes out of one). Large ones have their turn one after the
   * other, small ones go at once.
   */
  unfold<T>(work: () => Promise<T>): Promise<T>;
}

/** What a request says of itself when it comes to the door. */
export interface Arrival {
  /** Bytes that it announces; 0 where it does not. */
  readonly bytes: number;
  /** Called when it arrives slowly while there is no room for others: it must be given up. */
  readonly evict: () => void;
}

/**
 * Bounds the work that is not done, over all doors: bodies that are on their way in or being inflated, decoded, or
 * waiting for the journal. What is beyond is refused at once, so that senders hear it soon and memory stays bounded.
 */
export interface Admission {
  /** Lets a request in. @throws MonitorError `unavailable` when there is no room for it. */
  enter(arrival: Arrival): Pass;
  /** True when half of the room is taken: whoever can wait should. */
  readonly isBusy: boolean;
}

/** How much work may wait. */
export interface AdmissionOptions {
  /** @default 32 MiB: about a second of work, and more than a body of the largest size */
  readonly limitBytes?: number;
  /** @default 4096 */
  readonly maxRequests?: number;
  /** A request that has been arriving for longer than this makes room for others, ms. @default 1000 */
  readonly patienceMs?: number;
  /** How long what arrives now waited before it was looked at, ms (lag-meter.ts). @default always 0 */
  readonly lagMs?: () => number;
  /** Monotonic, ms. @default performance.now */
  readonly clock?: () => number;
}

const LIMIT_BYTES = 32 * 1024 * 1024;
const MAX_REQUESTS = 4096;
const PATIENCE_MS = 1000;
/** Single events and the like. The last quarter of the room is theirs: large batches never shut them out. */
const SMALL_BYTES = 64 * 1024;
/** Requests beyond this unfold one after the other. */
const LARGE_BYTES = 1024 * 1024;
/** A batch that arrives with more lag is refused: it would be answered late, and so would everything after it. */
const MAX_LAG_MS = 250;
const RETRY_AFTER_S = 1;

/** A request that is counted. */
interface Holder {
  bytes: number;
  isEvicted: boolean;
  readonly sinceMs: number;
  readonly evict: () => void;
}

/** Builds the admission, one for all doors. */
export function createAdmission(options: AdmissionOptions = {}): Admission {
  const { limitBytes = LIMIT_BYTES, maxRequests = MAX_REQUESTS, patienceMs = PATIENCE_MS } = options;
  const { clock = () => performance.now(), lagMs = () => 0 } = options;
  const inTurn = takeTurns(1);
  const arriving = new Set<Holder>();
  let usedBytes = 0;
  let requests = 0;

  /** The request that arrives slowly and holds the most, and more than `bytes`. */
  const slowLarge = (bytes: number, except: Holder | null): Holder | undefined => {
    const nowMs = clock();
    let found: Holder | undefined;
    for (const holder of arriving) {
      if (holder === except || nowMs - holder.sinceMs < patienceMs) continue;
      if (holder.bytes > (found?.bytes ?? bytes)) found = holder;
    }
    return found;
  };

  const release = (holder: Holder): void => {
    usedBytes -= holder.bytes;
    holder.bytes = 0;
    arriving.delete(holder);
  };

  /** Makes room for a request that will hold `bytes` and holds part of them already, where that can be done. */
  const makeRoom = (bytes: number, own: Holder | null): void => {
    const roomBytes = bytes <= SMALL_BYTES ? limitBytes : limitBytes * 0.75;
    while (usedBytes - (own?.bytes ?? 0) + bytes > roomBytes) {
      const victim = slowLarge(bytes, own);
      if (victim === undefined) throw tooBusy();
      release(victim);
      victim.isEvicted = true;
      victim.evict();
    }
  };

  return {
    enter({ bytes, evict }) {
      const isLate = bytes > SMALL_BYTES && lagMs() > MAX_LAG_MS;
      if (requests >= maxRequests || isLate) throw tooBusy();
      makeRoom(bytes, null);
      const holder: Holder = { bytes: 0, isEvicted: false, sinceMs: clock(), evict };
      requests += 1;
      arriving.add(holder);
      let isOver = false;
      return {
        hold(total) {
          // Nobody waits for what still comes.
          if (isOver || holder.isEvicted) return;
          if (total > holder.bytes) makeRoom(total, holder);
          usedBytes += total - holder.bytes;
          holder.bytes = total;
        },
        arrived: () => {
          arriving.delete(holder);
        },
        unfold: (work) => (holder.bytes > LARGE_BYTES ? inTurn(work) : work()),
        [Symbol.dispose]() {
          if (isOver) return;
          isOver = true;
          requests -= 1;
          release(holder);
        },
      };
    },
    get isBusy() {
      return usedBytes > limitBytes / 2 || requests > maxRequests / 2;
    },
  };
}

/** The refusal of work that there is no room for. */
export function tooBusy(): MonitorError {
  return new MonitorError(
    'unavailable',
    'Cannot take the request: more is being sent than can be stored. Nothing of it was accepted; send it again',
    { retryAfterS: RETRY_AFTER_S },
  );
}

/** The refusal of a request that arrived too slowly while others waited. */
export function tooSlow(): MonitorError {
  return new MonitorError(
    'unavailable',
    'Cannot read the request: it arrives too slowly while others wait. Send smaller batches, or send it again',
    { retryAfterS: RETRY_AFTER_S },
  );
}
