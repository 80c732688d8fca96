/** A model's name without the size of context that Claude Code adds to it (`claude-sonnet-5[1m]`): one model, one name. */
export function plainModel(model: string | undefined): string | undefined {
  return model?.replace(/\[[^[\]]*\]$/, '');
}
