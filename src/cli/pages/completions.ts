/** Completions of all commands for one shell, as a script that needs nothing beside the shell itself. */
import { type DescribedCommand, type DescribedOption, optionNames } from "./described.ts";

/** What a value of an option may be completed with. */
type Kind = "file" | "directory" | "words" | "other";

function kindOf({ value }: DescribedOption): Kind {
  if (value?.words !== undefined) return "words";
  if (value === undefined) return "other";
  if (/^(?:DIR|DIRECTORY)\b/.test(value.name)) return "directory";
  return /FILE|PATH|VALUE/.test(value.name) ? "file" : "other";
}

/** In single quotes, for any of the shells' own rules. */
function bashQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function verbsOf(commands: readonly DescribedCommand[]): readonly DescribedCommand[] {
  return commands.filter(({ verb }) => verb !== undefined);
}

function programsOf(commands: readonly DescribedCommand[]): readonly string[] {
  return [...new Set(commands.map(({ program }) => program))];
}

/** How a script names a command: `armorer check`, `aa-status`. */
function keyOf({ program, verb }: DescribedCommand): string {
  return verb === undefined ? program : `${program} ${verb}`;
}

const MADE = "Made by the build from the tables of options (src/cli/pages).";

function bashOperands({ operands, others }: DescribedCommand): string {
  return typeof operands === "string" ? operands : `${others}: ${operands.join(" ")}`;
}

/** What is the same whatever commands there are. */
const BASH_FUNCTIONS = `_armorer_reply() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$@" 2>/dev/null)
}

_armorer_paths() {
  compopt -o filenames 2>/dev/null
  _armorer_reply "$1" -- "$2"
}

# What is behind the first operand, its words, what is typed of a word, and the words before that.
_armorer_words() {
  local behind=$1 words=$2 current=$3 word
  shift 3
  for word in "$@"; do
    case " $words " in *" $word "*)
      case $behind in
        file) _armorer_paths -f "$current" ;;
        directory) _armorer_paths -d "$current" ;;
      esac
      return ;;
    esac
  done
  _armorer_reply -W "$words" -- "$current"
}

_armorer() {
  local command=\${COMP_WORDS[0]##*/} current=\${COMP_WORDS[COMP_CWORD]} previous= first=1 REPLY
  [ "$COMP_CWORD" -gt 0 ] && previous=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  if [ "$command" = armorer ] && [ "$COMP_CWORD" -gt 1 ]; then command="armorer \${COMP_WORDS[1]}" first=2; fi
  # bash takes an equals sign for a word.
  if [ "$current" = = ]; then
    current=
  elif [ "$previous" = = ] && [ "$COMP_CWORD" -gt 1 ]; then
    previous=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  _armorer_value "$command $previous"
  case $REPLY in
    '') ;;
    file) _armorer_paths -f "$current"; return ;;
    directory) _armorer_paths -d "$current"; return ;;
    other) return ;;
    *) _armorer_reply -W "$REPLY" -- "$current"; return ;;
  esac
  if [ "\${current#-}" != "$current" ]; then
    _armorer_options "$command"
    _armorer_reply -W "$REPLY" -- "$current"
    return
  fi
  _armorer_operands "$command"
  if [ "$command" = 'armorer help' ]; then _armorer_operands armorer; fi
  case $REPLY in
    ''|files) _armorer_paths -f "$current" ;;
    program) _armorer_reply -c -- "$current" ;;
    none) ;;
    *) _armorer_words "\${REPLY%%: *}" "\${REPLY#*: }" "$current" "\${COMP_WORDS[@]:first:COMP_CWORD-first}" ;;
  esac
}
`;

/** The completions of values, by option: lines of a `case`. */
function bashValues(command: DescribedCommand): readonly string[] {
  return command.options.flatMap((option) => {
    if (option.value === undefined || option.value.isOptional) return [];
    const kind = kindOf(option);
    const answer = kind === "words" ? (option.value.words ?? []).join(" ") : kind;
    return optionNames(option).map(
      (name) => `    ${bashQuoted(`${keyOf(command)} ${name}`)}) REPLY=${bashQuoted(answer)} ;;`,
    );
  });
}

/** For bash: one function for all commands, which looks up what the build has written down. */
export function bashCompletion(commands: readonly DescribedCommand[]): string {
  const options = commands.map(
    (command) =>
      `    ${bashQuoted(keyOf(command))}) REPLY=${bashQuoted(command.options.flatMap(optionNames).join(" "))} ;;`,
  );
  const operands = commands.map(
    (command) => `    ${bashQuoted(keyOf(command))}) REPLY=${bashQuoted(bashOperands(command))} ;;`,
  );
  return `# Completion of armorer and its drop-in commands, for bash. ${MADE}

# What the options of a command are.
_armorer_options() {
  REPLY=
  case $1 in
${options.join("\n")}
  esac
}

# What the value of an option may be: words, or \`file\`, \`directory\`, \`other\`. Nothing where it has none.
_armorer_value() {
  REPLY=
  case $1 in
${commands.flatMap(bashValues).join("\n")}
  esac
}

# What operands may be: \`files\`, \`program\`, \`none\`, or what is behind the first one and the words that it may be.
_armorer_operands() {
  REPLY=
  case $1 in
${operands.join("\n")}
  esac
}

${BASH_FUNCTIONS}
complete -F _armorer ${programsOf(commands).join(" ")}
`;
}

/** Within a specification of \`_arguments\`, colons and brackets mean something. */
function zshText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll(/[[\]:]/g, (mark) => `\\${mark}`);
}

function zshAction(option: DescribedOption): string {
  const kind = kindOf(option);
  if (kind === "words") return `(${(option.value?.words ?? []).join(" ")})`;
  if (kind === "directory") return "_files -/";
  return kind === "file" ? "_files" : " ";
}

function zshOption(option: DescribedOption): readonly string[] {
  const { value, about } = option;
  const said = about === undefined || about === "" ? "" : `[${zshText(about)}]`;
  return optionNames(option).map((name) => {
    if (value === undefined) return bashQuoted(`*${name}${said}`);
    const argument = `:${zshText(value.name)}:${zshAction(option)}`;
    const isLong = name.startsWith("--");
    if (value.isOptional) return bashQuoted(`*${name}${isLong ? "=-" : "-"}${said}:${argument}`);
    return bashQuoted(`*${name}${isLong ? "=" : "+"}${said}${argument}`);
  });
}

function zshOperands({ operands, others }: DescribedCommand): string {
  if (operands === "none") return "";
  if (operands === "files") return bashQuoted("*:file:_files");
  if (operands === "program")
    return `${bashQuoted("(-)1:program:_command_names -e")} ${bashQuoted("*::argument:_normal")}`;
  const behind = { file: "*:file:_files", directory: "*:directory:_files -/", none: "" }[others];
  return [`1:word:(${operands.join(" ")})`, behind]
    .filter((spec) => spec !== "")
    .map(bashQuoted)
    .join(" ");
}

function zshCase(command: DescribedCommand): string {
  const specs = [...command.options.flatMap(zshOption), zshOperands(command)].filter((spec) => spec !== "");
  return `    ${bashQuoted(keyOf(command))}) _arguments -s -S ${specs.join(" \\\n      ")} ;;`;
}

/** For zsh: a function for `fpath`, or to be sourced behind `compinit`. */
export function zshCompletion(commands: readonly DescribedCommand[]): string {
  const programs = programsOf(commands).join(" ");
  const described = verbsOf(commands).map(
    ({ verb = "", summary }) => `    ${bashQuoted(`${verb}:${zshText(summary)}`)}`,
  );
  const cases = commands.filter((command) => keyOf(command) !== "armorer").map(zshCase);
  const own = commands
    .filter((command) => keyOf(command) === "armorer")
    .flatMap(({ options }) => options.flatMap(zshOption));
  return `#compdef ${programs}
# Completion of armorer and its drop-in commands, for zsh. ${MADE}

_armorer_command() {
  case $1 in
${cases.join("\n")}
  esac
}

_armorer() {
  local command=\${words[1]:t}
  local -a verbs
  verbs=(
    'help:say more about a verb'
${described.join("\n")}
  )
  if [[ $command != armorer ]]; then
    _armorer_command $command
  elif (( CURRENT == 2 )); then
    if [[ $words[2] == -* ]]; then
      _arguments ${own.join(" ")}
    else
      _describe verb verbs
    fi
  elif [[ $words[2] == help ]]; then
    _describe verb verbs
  else
    local verb=$words[2]
    shift words
    (( CURRENT -= 1 ))
    _armorer_command "armorer $verb"
  fi
}

if [[ \${funcstack[1]} == _armorer ]]; then
  _armorer "$@"
else
  compdef _armorer ${programs}
fi
`;
}

/** fish knows a backslash and a quote in single quotes. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function fishValue(option: DescribedOption): string {
  if (option.value === undefined || option.value.isOptional) return "";
  const kind = kindOf(option);
  if (kind === "words") return ` -x -a ${fishQuoted((option.value.words ?? []).join(" "))}`;
  if (kind === "directory") return ` -x -a '(__fish_complete_directories)'`;
  return kind === "file" ? " -r -F" : " -x";
}

function fishLines(command: DescribedCommand): readonly string[] {
  const { program, verb, options, operands, others } = command;
  const seen =
    verb === undefined ? (program === "armorer" ? "__fish_use_subcommand" : "") : `__fish_seen_subcommand_from ${verb}`;
  const start = `complete -c ${program}${seen === "" ? "" : ` -n ${fishQuoted(seen)}`}`;
  const lines = options.map((option) => {
    const { long, short, about = "" } = option;
    const names = `${short === undefined ? "" : ` -s ${short}`}${long === undefined ? "" : ` -l ${long}`}`;
    return `${start}${names}${fishValue(option)}${about === "" ? "" : ` -d ${fishQuoted(about)}`}`;
  });
  if (operands === "none") lines.push(`${start} -f`);
  else if (operands === "program") lines.push(`${start} -x -a '(__fish_complete_subcommand)'`);
  else if (operands !== "files" && (program !== "armorer" || verb !== undefined)) {
    const chosen = `__fish_seen_subcommand_from ${operands.join(" ")}`;
    const only = (condition: string): string =>
      `complete -c ${program} -n ${fishQuoted(seen === "" ? condition : `${seen}; and ${condition}`)}`;
    lines.push(`${only(`not ${chosen}`)} -x -a ${fishQuoted(operands.join(" "))}`);
    if (others === "file") lines.push(`${only(chosen)} -F`);
    if (others === "directory") lines.push(`${only(chosen)} -x -a '(__fish_complete_directories)'`);
  }
  return lines;
}

/** For fish. */
export function fishCompletion(commands: readonly DescribedCommand[]): string {
  const verbs = verbsOf(commands);
  const names = verbs.map(({ verb = "" }) => verb).join(" ");
  return [
    `# Completion of armorer and its drop-in commands, for fish. ${MADE}`,
    ...verbs.map(
      ({ verb = "", summary }) =>
        `complete -c armorer -f -n __fish_use_subcommand -a ${verb} -d ${fishQuoted(summary)}`,
    ),
    `complete -c armorer -f -n __fish_use_subcommand -a help -d 'say more about a verb'`,
    `complete -c armorer -f -n '__fish_seen_subcommand_from help' -a ${fishQuoted(names)}`,
    ...commands.flatMap(fishLines),
    "",
  ].join("\n");
}
