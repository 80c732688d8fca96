import type { BridgeConfig } from '../../config.ts';
import type { UnpricedModel, UsageTotals } from '../../domain/read-model.ts';
import { formatCount, formatUsd } from './format.ts';
import { type Html, html } from './html.ts';

/** Says where the costs come from, what they leave out, and what they mean on a flat plan. */
export function renderCostNote(
  totals: UsageTotals,
  unpriced: readonly UnpricedModel[],
  billing: BridgeConfig['billing'],
): Html {
  const { costNanoUsd, costComputedNanoUsd, unpricedRequests } = totals;
  const cost = costNanoUsd ?? 0;
  const sentences: string[] = [];
  if (cost > 0 && costComputedNanoUsd === 0) sentences.push('Cost is what the agents reported.');
  else if (cost > 0 && costComputedNanoUsd === cost) {
    sentences.push('Cost is computed from list prices; it is no invoice.');
  } else if (cost > 0) {
    sentences.push(
      `Of the cost, ${formatUsd(costComputedNanoUsd)} is computed from list prices and ${formatUsd(cost - costComputedNanoUsd)} is what the agents reported.`,
    );
  }
  const flat = Object.keys(billing).filter((framework) => billing[framework] === 'flat');
  if (flat.length > 0) {
    sentences.push(`${flat.join(', ')}: on a flat plan, cost is what the API would have charged.`);
  }
  if (unpricedRequests > 0) {
    const models = unpriced.map(({ model }) => model ?? 'a model without a name').join(', ');
    sentences.push(
      `${formatCount(unpricedRequests)} requests are not in it, since no price is known (${models}). Set one under "prices" in settings.yaml.`,
    );
  }
  return html`<p class="note">${sentences.join(' ')}</p>`;
}
