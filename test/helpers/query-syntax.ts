/** What queries consist of, by the parsers of Prometheus and Grafana. */
import { parser as logqlParser } from '@grafana/lezer-logql';
import { parser as promqlParser } from '@prometheus-io/lezer-promql';

/** A selector of series or streams with what surrounds it. */
export interface Selection {
  /** Empty where series are selected by labels alone. */
  readonly metric: string;
  /** Labels that its matchers name. */
  readonly labels: readonly string[];
  /** Function or operator that takes it, for instance `last_over_time`; empty where none does. */
  readonly takenBy: string;
}

/** What was found in a query. */
export interface QuerySyntax {
  /** Text around each place that is no valid syntax; empty for a valid query. */
  readonly errors: readonly string[];
  readonly selections: readonly Selection[];
  /** Labels that results are grouped by. */
  readonly grouping: readonly string[];
  /** Names of LogQL's pipeline stages, for instance `LabelFilter`. */
  readonly stages: readonly string[];
}

type Tree = ReturnType<typeof promqlParser.parse>;
type SyntaxNode = Tree['topNode'];

/** Parses PromQL. */
export function parsePromql(expr: string): QuerySyntax {
  const { errors, nodes, text } = walk(promqlParser.parse(expr), expr);
  return {
    errors,
    selections: nodes('VectorSelector').map((selector) => ({
      metric: childText(selector, 'Identifier', text),
      labels: descendants(selector, 'LabelName').map(text),
      takenBy: takenBy(selector, text),
    })),
    grouping: nodes('GroupingLabels').flatMap((labels) => descendants(labels, 'LabelName').map(text)),
    stages: [],
  };
}

/** Parses LogQL. Labels of a selection are index labels; those of its filters are in `labels` of an entry `metric: '|'`. */
export function parseLogql(expr: string): QuerySyntax {
  const { errors, nodes, text } = walk(logqlParser.parse(expr), expr);
  const filters = nodes('LabelFilter').flatMap((filter) => descendants(filter, 'Identifier').map(text));
  return {
    errors,
    selections: [
      ...nodes('Selector').map((selector) => ({
        metric: '',
        labels: descendants(selector, 'Identifier').map(text),
        takenBy: '',
      })),
      { metric: '|', labels: filters, takenBy: '' },
    ],
    grouping: nodes('Grouping').flatMap((grouping) => descendants(grouping, 'Identifier').map(text)),
    stages: nodes('PipelineStage').flatMap((stage) =>
      stage.lastChild === null ? [] : [stage.lastChild.name],
    ),
  };
}

function walk(tree: Tree, expr: string) {
  const found: SyntaxNode[] = [];
  const errors: string[] = [];
  tree.iterate({
    enter: ({ node, type, from }) => {
      if (type.isError) errors.push(`...${expr.slice(Math.max(0, from - 30), from + 30)}...`);
      else found.push(node);
    },
  });
  return {
    errors,
    nodes: (name: string) => found.filter((node) => node.name === name),
    text: (node: SyntaxNode) => expr.slice(node.from, node.to),
  };
}

function descendants(node: SyntaxNode, name: string): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  node.cursor().iterate((entered) => {
    if (entered.name === name && entered.from >= node.from && entered.to <= node.to) found.push(entered.node);
  });
  return found;
}

function childText(node: SyntaxNode, name: string, text: (node: SyntaxNode) => string): string {
  const child = node.getChild(name);
  return child === null ? '' : text(child);
}

/** The call around a selector, through its range, offset and parentheses. */
function takenBy(selector: SyntaxNode, text: (node: SyntaxNode) => string): string {
  let node = selector.parent;
  while (
    node !== null &&
    ['MatrixSelector', 'OffsetExpr', 'ParenExpr', 'FunctionCallBody'].includes(node.name)
  ) {
    node = node.parent;
  }
  const callee = node?.getChild('FunctionIdentifier') ?? node?.getChild('AggregateOp') ?? null;
  return callee === null ? '' : text(callee);
}
