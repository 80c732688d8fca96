export { createEmitter, type Emitter, type EmitterOptions, type Span, type SpanOptions } from './emitter.ts';
export type { Correlation, Envelope, Status, Usage } from './envelope.ts';
