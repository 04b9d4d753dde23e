/**
 * Reads a policy as the parser does: file by file as they are included, statement by statement, so that variables, conditionals,
 * the abi and duplicates are judged by what is known at that moment. Each file is parsed once on its own; where a file does not
 * stand on its own (1.8), the whole unit is read again as one stream of tokens.
 */
import { type Fix, type Reporter, sentence } from "../../foundation/diagnostics/index.ts";
import type { FileId, SourceFile, Span } from "../../foundation/text/index.ts";
import { fileId } from "../../foundation/text/index.ts";
import { featureWords, printFeatures, sortFeatures } from "../features/index.ts";
import type { Alias, Origin, Rule } from "../model/index.ts";
import {
  type AbiNode,
  checkPlace,
  type ConditionalNode,
  type IncludeNode,
  type IncludeRequest,
  type ItemNode,
  parseSpliced,
  type ProfileNode,
  type RuleNode,
  type SyntaxTree,
} from "../syntax/index.ts";
import { capabilityNumber } from "../tables/index.ts";
import { type ReadAbi, readAbi } from "./abi.ts";
import { addDraft, type Body, emptyBody, mergeBlock, mergeBranch, type Siblings } from "./body.ts";
import { Budget, type Spending, spentSince } from "./budget.ts";
import type { ResolveCode } from "./codes.ts";
import { evaluate } from "./conditions.ts";
import { draftProfile } from "./header.ts";
import { type OnlyInBody, isBodyItem, isRule, isRuleOfBody } from "./items.ts";
import { leftOf, type PlainItem, type PlainReader, plainReader } from "./plain-files.ts";
import { findInclude, isAbsence, type LookUp, whereLooked } from "./includes.ts";
import type { ResolveLimits } from "./limits.ts";
import type { ResolveOptions } from "./options.ts";
import { askAgain, type Preamble, preamblesOf, withAsked } from "./preamble.ts";
import { checkRule } from "./rules/index.ts";
import type { RuleContext } from "./rules/context.ts";
import { checkRlimit } from "./rules/rlimit.ts";
import { VariableTable } from "./variables.ts";

/** Where we are. */
interface Scope {
  readonly includes: readonly Span[];
  /** Names included in this scope. */
  readonly seen: Set<string>;
  /** The body being filled; `undefined` outside of profiles. */
  readonly body: Body | undefined;
}

const ABI_OF_INCLUDED =
  "this is no fault of the included file: its rules are compiled for the abi of the file that includes it; name the same abi there, or leave it";

/** `#include` may be followed by the name or a line end at once, `include` may not. */
function modernInclude({ span }: IncludeNode, text: string): readonly Fix[] {
  const { start } = span;
  const end = start + "#include".length;
  const next = text.charAt(end);
  if (!/[ \t<"]/.test(next)) return [];
  const isGlued = next === "<" || next === '"';
  const edit = isGlued ? { start, end, newText: "include " } : { start, end: start + 1, newText: "" };
  return [{ title: "remove the `#`", edits: [{ file: span.file, edit }] }];
}

/** The first include before profiles, and what it leads to. */
interface FoundPreamble {
  readonly node: IncludeNode;
  readonly paths: readonly string[];
  readonly scope: Scope;
}

function aliasKey({ from, to }: Alias): string {
  return JSON.stringify([from, to]);
}

export interface UnitOptions {
  readonly settings: ResolveOptions;
  readonly where: LookUp;
  readonly limits: ResolveLimits;
  readonly reporter: Reporter<ResolveCode>;
}

export class Unit {
  readonly drafts: Siblings = new Map();
  readonly aliases: Alias[] = [];
  readonly variables: VariableTable;
  readonly sources = new Map<FileId, SourceFile>();
  abi: ReadAbi | undefined;
  /** A file does not stand on its own: the unit must be read as one stream. */
  needsSplicing = false;
  /** It was. */
  isSpliced = false;
  readonly #options: UnitOptions;
  /** Where files are, which hears what is asked. */
  #where: LookUp;
  readonly #aliasKeys = new Map<string, Alias>();
  #inPreamble = true;
  readonly #budget: Budget;
  /** Rules are left out. */
  readonly #isOnlyHeaders: boolean;
  readonly #plainItems: PlainReader;
  /** Nothing more is read. */
  #isFull = false;
  #nesting = 0;
  /** Trees whose own diagnostics have been told. */
  readonly #told = new Set<SyntaxTree>();
  /** How each file was included, when files are spliced. */
  readonly #chains = new Map<FileId, readonly Span[]>();

  constructor(options: UnitOptions) {
    this.#options = options;
    this.#where = options.where;
    this.#budget = new Budget(options.limits);
    this.#isOnlyHeaders = options.settings.only === "headers";
    this.#plainItems = plainReader(options.where);
    this.variables = new VariableTable(options.reporter.report, options.limits);
  }

  read(main: SourceFile): void {
    this.sources.set(main.id, main);
    const tree = this.#options.where.session.tree(main);
    if (tree.needsSplicing) this.needsSplicing = true;
    else this.#readTree(tree, { includes: [], seen: new Set(), body: undefined });
  }

  readSpliced(main: SourceFile): void {
    this.isSpliced = true;
    this.sources.set(main.id, main);
    const seen = new Map<number, Set<string>>();
    const tree = parseSpliced(main, { include: (request) => this.#spliceInclude(request, seen) });
    this.#readTree(tree, { includes: [], seen: new Set(), body: undefined });
  }

  #spliceInclude({ node, scope }: IncludeRequest, seen: Map<number, Set<string>>): readonly SourceFile[] {
    const names = seen.get(scope) ?? new Set<string>();
    seen.set(scope, names);
    const outer = this.#chains.get(node.span.file) ?? [];
    const paths = this.#find(node, { includes: outer, seen: names, body: undefined });
    const chain = [...outer, node.span];
    const files: SourceFile[] = [];
    for (const path of paths) {
      const source = this.#source(path);
      if (source === undefined) continue;
      if (!this.#mayRead(source, { span: node.span, includes: outer })) return [];
      this.#chains.set(source.id, chain);
      files.push(source);
    }
    return files;
  }

  #readTree(tree: SyntaxTree, scope: Scope): void {
    this.#tell(tree, scope.includes);
    // What something else than policy looks like, read as policy, is beside the point.
    if (tree.diagnostics[0]?.code === "syntax/not-policy") return;
    const isBare = this.#isOnlyHeaders && scope.body !== undefined;
    const plain = isBare && !this.isSpliced ? this.#plainItems(tree) : undefined;
    if (plain !== undefined) return this.#readPlain(plain, scope);
    for (const item of isBare ? this.#options.where.session.withoutRules(tree) : tree.items) {
      const place = scope.body !== undefined ? "body" : this.#inPreamble ? "preamble" : "profiles";
      const misplaced = checkPlace(item, place);
      if (misplaced === undefined) this.#readItem(item, scope);
      else this.#options.reporter.add([misplaced], this.#includesOf(item.span, scope));
    }
  }

  /** As item by item, where nothing is said of any. */
  #readPlain(items: readonly PlainItem[], scope: Scope): void {
    const isTooDeep = scope.includes.length >= this.#options.limits.includeDepth;
    for (const item of items) {
      if (this.#isFull || this.needsSplicing) return;
      if ("read" in item ? this.#differs(item.read) : isTooDeep) {
        this.#readItem(item.node, scope);
        continue;
      }
      this.#budget.spendItem();
      // An include counts as one that is looked for, too.
      if (!("read" in item)) this.#budget.spendItem();
      if (this.#budget.exceeded !== undefined) this.#checkBudget(this.#origin(item.node.span, scope));
      if ("read" in item) {
        this.#source(item.read.path);
        continue;
      }
      const paths = this.#isFull ? [] : leftOf(item, scope.seen);
      if (paths.length > 0) this.#readIncluded(item.node, paths, scope);
    }
  }

  /** COST: what is wrong with a file is said once, so it is not even looked at when the file is included again. */
  #tell(tree: SyntaxTree, includes: readonly Span[]): void {
    if (this.#told.has(tree)) return;
    this.#told.add(tree);
    this.#options.reporter.add(tree.diagnostics, includes);
  }

  #includesOf(span: Span, scope: Scope): readonly Span[] {
    return this.isSpliced ? (this.#chains.get(span.file) ?? []) : scope.includes;
  }

  #origin(span: Span, scope: Scope): Origin {
    return { span, includes: this.#includesOf(span, scope) };
  }

  /** Says once that there is too much, and that nothing more is read then. */
  #checkBudget(at: Origin): void {
    const { exceeded } = this.#budget;
    if (exceeded === undefined || this.#isFull) return;
    this.#isFull = true;
    this.#options.reporter.report("resolve/too-much", at, exceeded);
  }

  /** Whether a file that was found may still be read; if not, that is said. */
  #mayRead(source: SourceFile, at: Origin): boolean {
    this.#budget.spendFile(source);
    this.#checkBudget(at);
    return !this.#isFull;
  }

  #readItem(item: ItemNode, scope: Scope): void {
    if (this.#isFull || this.needsSplicing) return;
    const { report } = this.#options.reporter;
    this.#budget.spendItem();
    if (this.#budget.exceeded !== undefined) this.#checkBudget(this.#origin(item.span, scope));
    if (isBodyItem(item)) return this.#bodyItem(item, scope);
    const origin = this.#origin(item.span, scope);
    switch (item.kind) {
      case "include":
        return this.#include(item, scope);
      case "abi":
        return this.#abi(item, scope);
      case "alias":
        this.aliases.push({ from: item.from.value, to: item.to.value, at: item.span });
        return this.#checkAlias(origin);
      case "variable": {
        // COST: every policy has all tunables, and two objects copied for each value were a tenth of reading headers.
        const { includes } = origin;
        const values = item.values.map(({ value, span }) => ({ text: value, origin: { span, includes } }));
        return this.variables.assignSet(item.name, item.operator, values, { span: item.nameSpan, includes });
      }
      case "boolean": {
        const value = evaluate(item.value, { variables: this.variables, includes: origin.includes, report });
        return this.variables.assignBoolean(item.name, item.operator, value, { ...origin, span: item.nameSpan });
      }
      case "profile":
        return this.#profile(item, scope);
      case "broken":
        return undefined;
    }
  }

  #bodyItem(item: OnlyInBody, scope: Scope): void {
    const { body } = scope;
    if (body === undefined) return;
    if (isRule(item)) {
      const rule = this.#rule(item, scope);
      if (rule !== undefined) body.rules.push(rule);
      return;
    }
    const context = this.#ruleContext(item.span, scope);
    switch (item.kind) {
      case "conditional":
        return this.#conditional(item, scope, body);
      case "block": {
        const block = emptyBody();
        this.#readItems(item.items, { ...scope, body: block });
        return mergeBlock(body, item, block, context);
      }
      case "rlimit": {
        const rule = checkRlimit(item, context);
        if (rule !== undefined) body.rules.push(rule);
        return undefined;
      }
    }
  }

  #rule(node: RuleNode, scope: Scope): Rule | undefined {
    const includes = this.#includesOf(node.span, scope);
    // Nobody asks again for a rule that is not included, and which capabilities there are is up to the ABI.
    if (includes.length === 0 || node.kind === "capability")
      return checkRule(node, this.#ruleContext(node.span, scope));
    const { rules } = this.#options.where.session;
    const known = rules.get(node);
    if (known !== undefined) return { ...known, origin: { span: known.origin.span, includes } };
    // What is said again of the same place is left out by the reporter, so that its list says nothing about it.
    let isQuiet = true;
    const context = this.#ruleContext(node.span, scope);
    const report: RuleContext["report"] = (...said) => {
      isQuiet = false;
      context.report(...said);
    };
    const rule = checkRule(node, { ...context, report });
    if (rule !== undefined && isQuiet) rules.set(node, rule);
    return rule;
  }

  #readItems(items: readonly ItemNode[], scope: Scope): void {
    const [first] = items;
    if (first === undefined) return;
    if (this.#nesting >= this.#options.limits.nesting) {
      const origin = this.#origin(first.span, scope);
      this.#options.reporter.report(
        "resolve/too-much",
        origin,
        sentence`more than ${{ limit: this.#options.limits.nesting }} bodies are open`,
      );
      return;
    }
    this.#nesting += 1;
    for (const item of items) if (!this.#isOnlyHeaders || !isRuleOfBody(item)) this.#readItem(item, scope);
    this.#nesting -= 1;
  }

  #ruleContext(span: Span, scope: Scope): RuleContext {
    const { reporter } = this.#options;
    return {
      includes: this.#includesOf(span, scope),
      report: reporter.report,
      capability: (name) => this.#capability(name),
    };
  }

  /** A name our table lacks may be one that a feature set lists; its place there is its number. */
  #capability(name: string): number | undefined {
    const known = capabilityNumber(name);
    if (known !== undefined) return known;
    const { kernelFeatures, policyFeatures } = this.#options.settings;
    for (const tree of [this.abi?.abi.features ?? policyFeatures, kernelFeatures]) {
      const place = tree === undefined ? undefined : featureWords(tree, "caps/mask")?.indexOf(name);
      if (place !== undefined && place >= 0) return place;
    }
    return undefined;
  }

  #conditional(item: ConditionalNode, scope: Scope, body: Body): void {
    const { report } = this.#options.reporter;
    const includes = this.#includesOf(item.span, scope);
    const holds = evaluate(item.condition, { variables: this.variables, includes, report });
    const branches = [item.then, item.otherwise ?? []].map((items) => {
      const branch = emptyBody();
      this.#readItems(items, { ...scope, body: branch });
      return branch;
    });
    const chosen = branches[holds ? 0 : 1];
    if (chosen !== undefined) mergeBranch(body, chosen, report);
  }

  #profile(node: ProfileNode, scope: Scope): void {
    const isChild = scope.body !== undefined;
    if (!isChild) this.#endPreamble(node, scope);
    const body = emptyBody();
    const { reporter, settings } = this.#options;
    const includes = this.#includesOf(node.span, scope);
    const draft = draftProfile(node, body, {
      includes,
      report: reporter.report,
      isChild,
      namespace: settings.namespace,
    });
    this.#readItems(node.items, { ...scope, seen: new Set(), body });
    addDraft(scope.body?.children ?? this.drafts, draft, reporter.report);
  }

  #endPreamble(node: ProfileNode, scope: Scope): void {
    if (!this.#inPreamble) return;
    this.#inPreamble = false;
    if (this.abi !== undefined || this.#options.settings.policyFeatures !== undefined) return;
    const origin = this.#origin(node.name.span, scope);
    this.#options.reporter.report("resolve/abi-missing", origin, "there is no `abi` line before the first profile");
  }

  #checkAlias({ includes }: Origin): void {
    const alias = this.aliases.at(-1);
    if (alias === undefined) return;
    const { report } = this.#options.reporter;
    const origin = { span: alias.at, includes };
    if (alias.from.includes("@{")) {
      report("resolve/alias-variable", origin, sentence`the alias of ${{ path: alias.from }} never applies`);
    }
    const key = aliasKey(alias);
    const again = this.#aliasKeys.get(key);
    if (again === undefined) this.#aliasKeys.set(key, alias);
    if (again === undefined) return;
    const also = [{ span: again.at, message: "first written here" }];
    report("resolve/alias-repeated", origin, sentence`the alias of ${{ path: alias.from }} is written twice`, { also });
  }

  #abi(node: AbiNode, scope: Scope): void {
    const { reporter, settings } = this.#options;
    const where = this.#where;
    const origin = this.#origin(node.span, scope);
    // ORACLE 5.0.2: only the abi that would count must not have been included before.
    const seen = this.abi === undefined && this.#inPreamble ? scope.seen : new Set<string>();
    const read = readAbi(node, { origin, report: reporter.report, where, options: settings, seen });
    if (read === undefined) return;
    if (read.path !== undefined) this.#source(read.path);
    if (this.abi === undefined && this.#inPreamble) {
      this.abi = read;
      return;
    }
    if (this.#differs(read)) {
      const also = this.abi === undefined ? [] : [{ span: this.abi.abi.at, message: "this one counts" }];
      reporter.report(
        "resolve/abi-differs",
        origin,
        sentence`the abi ${{ path: node.path.value }} differs from the one that counts`,
        {
          also,
          ...(origin.includes.length > 0 && { help: ABI_OF_INCLUDED }),
        },
      );
    }
  }

  /** Whether an abi is another than the one that counts. */
  #differs(read: ReadAbi): boolean {
    if (this.abi !== undefined) return this.abi.content !== read.content;
    const { policyFeatures } = this.#options.settings;
    const { features } = read.abi;
    if (policyFeatures === undefined || features === undefined) return false;
    return printFeatures(sortFeatures(policyFeatures)) !== printFeatures(sortFeatures(features));
  }

  #include(node: IncludeNode, scope: Scope): void {
    if (node.insideRule) {
      this.needsSplicing = true;
      return;
    }
    const before = this.#preambleKey(scope);
    const paths = this.#find(node, scope);
    if (paths.length === 0) return;
    if (before === undefined) this.#readIncluded(node, paths, scope);
    else this.#readPreamble([before, ...paths].join("\0"), { node, paths, scope });
  }

  #readPreamble(key: string, { node, paths, scope }: FoundPreamble): void {
    const { reporter, settings, where } = this.#options;
    const preambles = preamblesOf(where.session, settings.policyFeatures);
    const known = preambles.get(key);
    if (known !== undefined && this.#affords(known.spent)) return this.#adopt(known, node, scope);
    const { abi } = this;
    const { spent } = this.#budget;
    const said = reporter.list.length;
    const { asked, session } = withAsked(where.session);
    this.#where = { ...where, session };
    this.#readIncluded(node, paths, scope);
    this.#where = where;
    if (!this.#inPreamble || this.needsSplicing || this.#isFull || reporter.list.length > said || abi !== this.abi)
      return;
    const [, ...sources] = this.sources.values();
    preambles.set(key, {
      seen: [...scope.seen],
      sources,
      aliases: [...this.aliases],
      variables: this.variables.handOver(node.span),
      asked,
      spent: spentSince(spent, this.#budget.spent),
    });
  }

  #affords(spending: Spending): boolean {
    const whole = new Budget(this.#options.limits);
    whole.spend(this.#budget.spent);
    whole.spend(spending);
    return whole.exceeded === undefined;
  }

  #readIncluded(node: IncludeNode, paths: readonly string[], scope: Scope): void {
    const { session } = this.#where;
    const inner = { ...scope, includes: [...scope.includes, node.span] };
    for (const path of paths) {
      const source = this.#source(path);
      if (source === undefined || !this.#mayRead(source, this.#origin(node.span, scope))) continue;
      const tree = session.tree(source);
      if (tree.needsSplicing) this.needsSplicing = true;
      if (this.needsSplicing || this.#isFull) return;
      this.#readTree(tree, inner);
    }
  }

  /** `undefined` where it is not the first that says something. */
  #preambleKey(scope: Scope): string | undefined {
    const { settings, where } = this.#options;
    const isFirst = this.#inPreamble && !this.isSpliced && scope.body === undefined && scope.includes.length === 0;
    if (!isFirst || settings.limits !== undefined || !this.variables.isEmpty || this.aliases.length > 0)
      return undefined;
    // What is at a path does not change in a session.
    return JSON.stringify([where.search, where.cwd, [...scope.seen], this.abi?.path ?? this.abi?.content]);
  }

  #adopt({ aliases, asked, seen, sources, spent, variables }: Preamble, node: IncludeNode, scope: Scope): void {
    askAgain(asked, this.#where.session);
    this.#budget.spend(spent);
    for (const name of seen) scope.seen.add(name);
    for (const source of sources) this.sources.set(source.id, source);
    for (const alias of aliases) {
      this.aliases.push(alias);
      this.#aliasKeys.set(aliasKey(alias), alias);
    }
    this.variables.adopt(variables, node.span);
  }

  /** The files an include gives, in the order they are read; what is wrong is reported. */
  #find(node: IncludeNode, scope: Scope): readonly string[] {
    const { limits, reporter } = this.#options;
    const where = this.#where;
    const origin = { span: node.span, includes: scope.includes };
    this.#budget.spendItem();
    this.#checkBudget(origin);
    if (this.#isFull) return [];
    if (node.pound) {
      reporter.report("resolve/pound-include", origin, "`#include` is an old spelling of `include`", {
        fixes: modernInclude(node, this.sources.get(node.span.file)?.text ?? ""),
      });
    }
    if (scope.includes.length >= limits.includeDepth) {
      reporter.report(
        "resolve/include-too-deep",
        { ...origin, includes: [] },
        sentence`more than ${{ limit: limits.includeDepth }} includes are open`,
      );
      // Files that include each other without end may do so more than once each, and double at every level.
      this.#isFull = true;
      return [];
    }
    const found = findInclude(node.path.value, node.searched, scope.seen, where);
    switch (found.kind) {
      case "files":
        return found.paths;
      case "skipped":
        return [];
      case "missing":
        if (!node.ifExists || !isAbsence(found.errno)) {
          const why = found.errno === "ENOENT" ? "is not there" : `cannot be opened (${found.errno})`;
          const said = sentence`the included file ${{ path: node.path.value }} ${why}`;
          const message = { ...said, facts: { ...said.facts, reason: found.errno } };
          const help = whereLooked(node, where, "correct the name, install the file, or write `include if exists`");
          reporter.report("resolve/include-not-found", { ...origin, span: node.path.span }, message, { help });
        }
        return [];
      case "refused": {
        const message = sentence`the included file ${{ path: node.path.value }} is not read: ${{ file: found.path }} ${found.why}`;
        reporter.report("resolve/include-refused", { ...origin, span: node.path.span }, message);
        return [];
      }
      case "bad-directory": {
        const why = found.why === undefined ? "cannot be opened" : `is not read: it ${found.why}`;
        const message = sentence`${{ path: found.path }} in the included directory ${why}`;
        reporter.report("resolve/include-directory", { ...origin, span: node.path.span }, message);
        return [];
      }
    }
  }

  #source(path: string): SourceFile | undefined {
    const known = this.sources.get(fileId(path));
    if (known !== undefined) return known;
    const source = this.#where.session.source(path);
    if (!source.ok) return undefined;
    this.sources.set(source.value.id, source.value);
    return source.value;
  }
}
