import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  type ServerListener,
} from '@grpc/grpc-js';
import { MonitorError } from '../../../domain/error.ts';
import type { TokenClaims } from '../../../domain/event.ts';
import { type Admission, type Pass, tooSlow } from '../../admission/admission.ts';
import type { HostPolicy } from '../../http/host-policy.ts';
import type { Authenticator } from '../../tokens/authenticator.ts';
import { toGrpcStatus } from './grpc-status.ts';
import type { ReadSlots } from './read-slots.ts';

/** Who a call comes from. */
export interface GrpcSender {
  /** What the sender's token fixes. */
  readonly claims: TokenClaims | undefined;
  /** Address of the other end; undefined when the connection is gone. */
  readonly remoteAddress: string | undefined;
}

/** A call whose message is there. */
export interface AdmittedCall {
  readonly sender: GrpcSender;
  /** See `Pass`. */
  readonly unfold: Pass['unfold'];
}

/** The two ends of a call's connection. */
export type GrpcConnection = ReturnType<ServerInterceptingCallInterface['getConnectionInfo']>;

/** The door in front of the methods. */
export interface CallAdmission {
  /**
   * Refuses calls of the wrong host or without a valid token before a byte of their message is read, and keeps messages
   * from filling the memory.
   */
  readonly interceptor: ServerInterceptor;
  /** A call that came through the door. @param metadata what the method is given */
  admitted(metadata: Metadata): AdmittedCall;
}

/** What the door needs. */
export interface CallAdmissionOptions {
  readonly authenticator: Authenticator;
  readonly hosts: HostPolicy;
  /** For messages that are on their way in. */
  readonly slots: ReadSlots;
  /** For messages that are there, until their call ends. */
  readonly admission: Admission;
  /** How long a message may take to arrive, ms. */
  readonly receiveTimeoutMs: number;
  /** Ends a connection soon. gRPC has no other way to make a client stop sending, and what it sent stays until then. */
  readonly hangUp: (connection: GrpcConnection) => void;
}

/** Headers that carry a token. */
const TOKEN_HEADERS = ['authorization', 'x-agent-monitor-token'];

/** Builds the door. */
export function createCallAdmission(options: CallAdmissionOptions): CallAdmission {
  const calls = new WeakMap<Metadata, AdmittedCall>();
  return {
    interceptor: (_method, call) =>
      new DoorCall(call, options, (metadata, unfold) => {
        calls.set(metadata, { sender: admit(options, call, metadata), unfold });
      }),
    admitted(metadata) {
      const call = calls.get(metadata);
      if (call === undefined) throw new MonitorError('internal', 'A call did not come through the door');
      return call;
    },
  };
}

/** @throws MonitorError `unauthorized` or `not_found` */
function admit(
  { authenticator, hosts }: CallAdmissionOptions,
  call: ServerInterceptingCallInterface,
  metadata: Metadata,
): GrpcSender {
  const host = call.getHost();
  if (!hosts.isKnownHost(host)) {
    throw new MonitorError(
      'not_found',
      `Cannot answer host "${host}": it is none of the names of this bridge. Use localhost, or add the name to "listen" in settings.yaml`,
    );
  }
  const headers = Object.fromEntries(TOKEN_HEADERS.map((name) => [name, metadata.get(name).map(String)]));
  const { remoteAddress } = call.getConnectionInfo();
  const authentication = authenticator.authenticate({ headers, remoteAddress }, 'ingest');
  if (!authentication.granted) throw new MonitorError('unauthorized', authentication.detail);
  return { claims: authentication.claims, remoteAddress };
}

/** A call that reads its message only after it was admitted, when there is room for it, and within its time. */
class DoorCall extends ServerInterceptingCall {
  readonly #call: ServerInterceptingCallInterface;
  readonly #options: CallAdmissionOptions;
  #started = false;
  #pass: Pass | undefined;
  #leaveSlot: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    call: ServerInterceptingCallInterface,
    options: CallAdmissionOptions,
    admitSender: (metadata: Metadata, unfold: Pass['unfold']) => void,
  ) {
    super(call, { start: (next) => next(this.#listener(admitSender)) });
    this.#call = call;
    this.#options = options;
  }

  #listener(admitSender: (metadata: Metadata, unfold: Pass['unfold']) => void): ServerListener {
    return {
      onReceiveMetadata: (metadata, next) => {
        try {
          const pass = this.#options.admission.enter({ bytes: 0, evict: () => this.#giveUp() });
          this.#pass = pass;
          admitSender(metadata, pass.unfold);
        } catch (error) {
          return this.#refuse(error);
        }
        this.#timer = setTimeout(() => this.#giveUp(), this.#options.receiveTimeoutMs).unref();
        next(metadata);
      },
      onReceiveMessage: (body: Buffer, next) => {
        this.#leaveSlot();
        try {
          this.#pass?.hold(body.length);
          this.#pass?.arrived();
        } catch (error) {
          return this.#refuse(error);
        }
        next(body);
      },
      onReceiveHalfClose: (next) => {
        clearTimeout(this.#timer);
        next();
      },
      // Called at the end of every call, however it ends.
      onCancel: () => this.#release(),
    };
  }

  override startRead(): void {
    if (this.#started) {
      // What remains is the end of the message: it takes no room.
      super.startRead();
      return;
    }
    this.#started = true;
    this.#leaveSlot = this.#options.slots.enter({
      begin: () => super.startRead(),
      evict: () => this.#giveUp(),
    });
  }

  /** Does not wait for the rest of the message any longer. */
  #giveUp(): void {
    this.#refuse(tooSlow());
    this.#options.hangUp(this.#call.getConnectionInfo());
  }

  #refuse(error: unknown): void {
    this.#release();
    this.#call.sendStatus(toGrpcStatus(error));
  }

  #release(): void {
    clearTimeout(this.#timer);
    this.#leaveSlot();
    this.#pass?.[Symbol.dispose]();
  }
}
