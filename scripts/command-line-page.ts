// The page docs/guide/command-line.md, from the help of the commands themselves.
import { HELP_EXAMPLES } from '../packages/slm-audit/src/base/help-examples.ts'
import { COMMANDS } from '../packages/slm-audit/src/commands.ts'
import { runCli } from '../packages/slm-audit/src/run-cli.ts'

/** Commands that a command has of its own. */
const INNER: { readonly [command: string]: readonly string[] } = {
  retention: ['plan', 'apply', 'presets'],
  hold: ['add', 'list', 'release'],
  policy: ['init', 'check', 'explain', 'test'],
  review: ['list', 'approve', 'reject'],
  set: ['freeze', 'list'],
  key: ['policy', 'rotate'],
  witness: ['serve']
}

/** The page: each command with its help text and an example. */
export async function commandLinePage(): Promise<string> {
  const sections: string[] = []
  for (const name of Object.keys(COMMANDS)) {
    const example = HELP_EXAMPLES[name]
    if (example === undefined) throw new Error(`help-examples.ts has no example of ${name}`)
    const inner = (INNER[name] ?? []).map((each) => [name, each])
    const helps = await Promise.all([[name], ...inner].map(helpOf))
    const help = helps.join('\n\n')
    sections.push(
      `## ${name}\n\n\`\`\`sh\nnpx slm-audit ${example}\n\`\`\`\n\n\`\`\`text\n${help}\n\`\`\`\n`
    )
  }
  return `# The command line

Made by \`pnpm run generate\` from the commands. \`npx slm-audit <command> --help\` prints the same.

The commands read the log at \`--file\`, else at \`SLM_AUDIT_FILE\`, else \`./.slm-audit/audit.db\`. They end with 0 when
they are done, with 1 when the evidence is not right, with 2 when they could not do it, and with 3 for notices of
\`verify --strict\`.

For programs, \`--json\` prints one JSON document, a list where there may be several values, and \`--jsonl\` a value a line;
\`--csv\` has a row a value, with members of members by their path (\`usage.inputTokens\`). \`tail\`, which goes on, prints a value a line with either.

${sections.join('\n')}`
}

async function helpOf(command: readonly string[]): Promise<string> {
  const lines: string[] = []
  await runCli([...command, '--help'], {
    width: 100,
    isInteractive: false,
    isGone: false,
    write: () => undefined,
    progress: () => undefined,
    print: (text) => void lines.push(text),
    explain: (text) => void lines.push(text),
    style: (_style, text) => text
  })
  return lines.join('\n')
}
