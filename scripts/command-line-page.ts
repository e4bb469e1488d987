// The page docs/guide/command-line.md, from the help of the commands themselves.
import { COMMANDS } from '../packages/slm-audit/src/commands.ts'
import { runCli } from '../packages/slm-audit/src/run-cli.ts'

/** One example a command. A command without one fails `pnpm run generate`. */
const EXAMPLES: { readonly [command: string]: string } = {
  list: 'list user:u-7 since:2h -stage:complete',
  show: 'show last',
  search: "search refund 'model:qwen*'",
  ui: 'ui',
  tail: 'tail session:S-42',
  sessions: 'sessions user:u-7 since:7d',
  session: 'session S-42 --turns',
  compare: 'compare --by version 2.3.1 2.4.0 --max-changed 20%',
  annotate: 'annotate last --score helpful=0.4 --note "the price is wrong"',
  incident: 'incident INC-7 stage:error since:2h tenant:nord',
  anomalies: 'anomalies since:7d',
  mcp: 'mcp --help',
  doctor: 'doctor --strict',
  completion: 'completion bash >> ~/.bashrc',
  replay: 'replay session:S-42 --on qwen3:4b-2507 --max-changed 20%',
  set: 'set freeze refunds "refund" stage:complete -n 200',
  stats: 'stats --by model since:7d',
  verify: 'verify --strict',
  prove: 'prove last --out proofs',
  'verify-proof': 'verify-proof proofs/*.tlog-proof --policy policy.txt',
  export: 'export --format openai-chat --out train.jsonl',
  import: 'import ./records --into copy.db',
  erase: 'erase --user u-7 --reason "asked for by letter" --dry-run',
  retention: 'retention plan',
  evidence: 'evidence --from 2026-07-01 --to 2026-10-01 -o evidence-q3',
  hold: 'hold add --incident INC-7 --user u-7 --reason "claim 12"',
  copy: 'copy --from .slm-audit/audit.db --to postgres://audit@localhost/audit',
  segments: 'segments --to s3://my-audit/support-bot/',
  query:
    'query "SELECT model, count(*) FROM calls GROUP BY ALL" --file s3://my-audit/support-bot/ --since 7d',
  expire:
    'expire --file postgres://audit@localhost/audit --before 2026-09 --reason "kept for a year"',
  roles: 'roles --file postgres://audit@localhost/audit?schema=shop',
  rekey: 'rekey --new-key-file database.key',
  redact: 'redact --rule secrets,email --dry-run',
  reindex: 'reindex',
  exporters: 'exporters',
  'replay-export': 'replay-export webhook --from 7d',
  policy: 'policy explain policy.yaml --call last',
  review: 'review list',
  key: 'key policy',
  signer: 'signer --help',
  witness: 'witness serve --help'
}

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
    const example = EXAMPLES[name]
    if (example === undefined)
      throw new Error(`scripts/command-line-page.ts has no example of ${name}`)
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
