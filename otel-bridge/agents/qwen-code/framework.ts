/** `source.framework` of Qwen Code's events, and the `service.name` of its telemetry. */
export const QWEN_CODE = 'qwen-code';
