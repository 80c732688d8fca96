import { remembering } from '../../domain/remembering.ts';
import { CONTENT, type ContentMask } from './content.ts';

/**
 * What keys with a meaning of their own only in context hold: `input` of a tool is its arguments, `input` of a model
 * is a prompt. Nothing known = everything that it could be must be open.
 */
export interface Context {
  /** `input`, `request`. */
  readonly input: ContentMask;
  /** `output`, `result`. */
  readonly output: ContentMask;
  /** `content`, `text`, `parts`. */
  readonly text: ContentMask;
  /** `message`: an error's in most places, a person's or model's in runs. */
  readonly message: ContentMask;
  /** `error`, `error.message`. */
  readonly error: ContentMask;
}

const { prompts, responses, toolArguments, toolOutput } = CONTENT;

export const UNKNOWN_CONTEXT: Context = {
  input: prompts | toolArguments,
  output: responses | toolOutput,
  text: prompts | responses,
  message: 0,
  error: 0,
};
export const PROMPT_CONTEXT: Context = {
  input: prompts,
  output: responses,
  text: prompts,
  message: prompts,
  error: 0,
};
export const RESPONSE_CONTEXT: Context = {
  input: prompts,
  output: responses,
  text: responses,
  message: responses,
  error: 0,
};
export const TOOL_CONTEXT: Context = {
  input: toolArguments,
  output: toolOutput,
  text: toolOutput,
  message: 0,
  error: 0,
};
/** In records of Gemini CLI and Qwen Code an error is all that a command was told and all that it said. */
const TOOL_CALL_CONTEXT: Context = { ...TOOL_CONTEXT, error: toolArguments | toolOutput };
const ERROR_CONTEXT: Context = { ...UNKNOWN_CONTEXT, text: 0 };

/** Everything inside is content of one kind. */
export function contextOf(mask: ContentMask): Context {
  return { input: mask, output: mask, text: mask, message: mask, error: mask };
}

/** The context inside an event of agentmon's envelope, by its type. */
export function contextOfEventType(type: string): Context {
  switch (type) {
    case 'prompt':
    case 'run.start':
    case 'task.start':
      return PROMPT_CONTEXT;
    case 'run.end':
    case 'compaction':
      return RESPONSE_CONTEXT;
    case 'span.start':
    case 'span.end':
    case 'tool.decision':
    case 'file.operation':
      return TOOL_CONTEXT;
    case 'error':
      return ERROR_CONTEXT;
    default:
      return contextOfName(type);
  }
}

/** Names come again and again. */
const NAMES = { maxLength: 100, count: 256 };

/** The context inside a log record, span or span event, by its name. */
export const contextOfName = remembering((name): Context => {
  if (/request_body|prompt|(?:user|system|developer)[._]message/i.test(name)) return PROMPT_CONTEXT;
  if (/response|assistant|choice|completion/i.test(name)) return RESPONSE_CONTEXT;
  if (name.endsWith('.tool_call')) return TOOL_CALL_CONTEXT;
  if (/tool|hook|mcp|exec/i.test(name)) return TOOL_CONTEXT;
  return UNKNOWN_CONTEXT;
}, NAMES);

/** True for names whose log body is the content itself, as the GenAI conventions had it. */
export const isContentRecord = remembering(
  (name) =>
    /(?:user|system|developer|assistant|tool)[._]message$|gen_ai\.choice$|gen_ai\.content\./i.test(name),
  NAMES,
);
