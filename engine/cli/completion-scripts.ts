/**
 * Completion scripts for shells, made of what the program knows of itself: commands, options, and the
 * choices of either. Everything else is completed as a file name, for most arguments are one.
 */
import type { CommandShape, OptionShape, ProgramShape } from './command.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export function completionScript(shell: Shell, program: ProgramShape): string {
  if (shell === 'bash') return bash(program);
  return shell === 'zsh' ? zsh(program) : fish(program);
}

interface Path {
  /** `lease grant` under `lease`; the words it is reached by. */
  readonly words: readonly string[];
  readonly command: CommandShape;
}

/** Every command and, after it, the ones under its name. */
function pathsOf(commands: readonly CommandShape[]): Path[] {
  return commands.flatMap((command) => [
    { words: [command.name], command },
    ...command.commands.map((inner) => ({ words: [command.name, inner.name], command: inner })),
  ]);
}

const groupsOf = (commands: readonly CommandShape[]): string[] =>
  commands.filter((command) => command.commands.length > 0).map(({ name }) => name);

const namesOf = (options: readonly OptionShape[]): string =>
  options.flatMap(({ names }) => names).join(' ');

/** Options before the command whose value is the next word. */
const valueTakers = (options: readonly OptionShape[]): string[] =>
  options.filter(({ takesValue }) => takesValue).flatMap(({ names }) => names);

/** Choices of arguments and names of options come from the same list: whatever fits is offered. */
function bash({ options, commands }: ProgramShape): string {
  const paths = pathsOf(commands);
  const cases = paths.map(({ words, command }) => {
    const choices = command.arguments.flat().join(' ');
    return `    "${words.join(' ')}") words="${`${choices} ${namesOf(command.options)}`.trim()}" ;;`;
  });
  const values = paths.flatMap(({ words, command }) =>
    withChoices(command).map(({ names, choices }) => {
      const patterns = names.map((name) => `"${words.join(' ')} ${name}"`).join(' | ');
      return `    ${patterns}) words="${choices.join(' ')}" ;;`;
    }),
  );
  const first = `${commands.map(({ name }) => name).join(' ')} ${namesOf(options)}`;
  return `# bash completion for varve; for this shell: source <(varve completion bash)
_varve() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD - 1]}" words="" at=1
  while ((at < COMP_CWORD)) && [[ "\${COMP_WORDS[at]}" == -* ]]; do
    case "\${COMP_WORDS[at]}" in
      ${valueTakers(options).join(' | ')})
        ((at += 1))
        if [[ "\${COMP_WORDS[at]}" == "=" ]]; then ((at += 1)); fi ;;
    esac
    ((at += 1))
    # The shell takes http://host:port for five words.
    while [[ "\${COMP_WORDS[at]}" == ":" ]]; do ((at += 2)); done
  done
  local command="\${COMP_WORDS[at]}"
  COMPREPLY=()
  if ((at > COMP_CWORD)); then return; fi
  case "$command" in
    ${groupsOf(commands).join(' | ')}) if ((COMP_CWORD > at + 1)); then command+=" \${COMP_WORDS[at + 1]}"; fi ;;
  esac
  case "$command" in
${cases.join('\n')}
  esac
  case "$command $prev" in
${values.join('\n')}
  esac
  if ((COMP_CWORD == at)); then words="${first}"; fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _varve varve
`;
}

function zsh({ options, commands }: ProgramShape): string {
  const list = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  const cases = pathsOf(commands).map(({ words, command }) => {
    const positional = command.arguments.map((choices) =>
      choices.length === 0 ? `':: :_files'` : `':: :(${choices.join(' ')})'`,
    );
    const specs = [...command.options.flatMap(zshOption), ...positional];
    return `    ${quoted(words.join(' '))}) _arguments ${specs.join(' ')} ;;`;
  });
  return `#compdef varve
# zsh completion for varve; for this shell: source <(varve completion zsh)
_varve() {
  local -a commands
  commands=(
${list.join('\n')}
  )
  while ((CURRENT > 2)); do
    case $words[2] in
      ${valueTakers(options).join(' | ')}) ((CURRENT > 3)) || { _files; return; }; shift 2 words; ((CURRENT -= 2)) ;;
      -*) shift words; ((CURRENT--)) ;;
      *) break ;;
    esac
  done
  if ((CURRENT == 2)); then
    _describe command commands
    _arguments ${options.flatMap(zshOption).join(' ')}
    return
  fi
  shift words
  ((CURRENT--))
  case $words[1] in
    ${groupsOf(commands).join(' | ')})
      if ((CURRENT > 2)); then
        words[2]="$words[1] $words[2]"
        shift words
        ((CURRENT--))
      fi ;;
  esac
  case $words[1] in
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _varve ]]; then _varve "$@"; else compdef _varve varve; fi
`;
}

function zshOption({ names, text, takesValue, choices }: OptionShape): string[] {
  const plain = text
    .replaceAll(/[[\]:]/g, ' ')
    .replaceAll(/ +/g, ' ')
    .trim();
  const value = choices.length > 0 ? `:value:(${choices.join(' ')})` : takesValue ? ':value:' : '';
  return names.map((name) => quoted(`(${names.join(' ')})${name}[${plain}]${value}`));
}

function fish({ options, commands }: ProgramShape): string {
  // Not __fish_use_subcommand: it takes the value of an option for a command.
  const first = `not __fish_seen_subcommand_from ${commands.map(({ name }) => name).join(' ')}`;
  const lines = [
    '# fish completion for varve; for this shell: varve completion fish | source',
    ...commands.map(({ name, summary }) => fishLine(first, `-f -a ${name}`, summary)),
    ...options.map((option) => fishLine(first, fishOption(option), option.text)),
    ...pathsOf(commands).flatMap(({ words, command }) => {
      const condition = fishCondition(words, command);
      const choices = command.arguments.flat();
      return [
        ...(choices.length === 0 ? [] : [fishLine(condition, `-f -a '${choices.join(' ')}'`, '')]),
        ...command.options.map((option) => fishLine(condition, fishOption(option), option.text)),
      ];
    }),
  ];
  return `${lines.join('\n')}\n`;
}

/** The words are there; of a group, none of its commands is yet. */
function fishCondition(words: readonly string[], { commands }: CommandShape): string {
  const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`);
  const inner = commands.map(({ name }) => name).join(' ');
  if (inner !== '') seen.push(`not __fish_seen_subcommand_from ${inner}`);
  return seen.join('; and ');
}

function fishLine(condition: string, what: string, text: string): string {
  const description = text === '' ? '' : ` -d ${quoted(text)}`;
  return `complete -c varve -n '${condition}' ${what}${description}`;
}

function fishOption({ names, takesValue, choices }: OptionShape): string {
  const shown = names.map((name) =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  if (choices.length > 0) shown.push(`-x -a '${choices.join(' ')}'`);
  else if (takesValue) shown.push('-r');
  return shown.join(' ');
}

function withChoices({ options }: CommandShape): readonly OptionShape[] {
  return options.filter(({ choices }) => choices.length > 0);
}

/** For a shell, in single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
