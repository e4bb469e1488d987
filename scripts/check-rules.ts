// House rules that the linter does not know. Prints what breaks them, with file and line.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { packages } from './packages.ts'

const MAX_LINES = 300
const SECRETS = /registry\.npmjs|\/work\/main|\/root\/|artifactory/
/** Adapters whose services and engines speak formats of others. */
const SPEAK: { readonly [name: string]: readonly string[] } = {
  '@slm-audit/bedrock': ['@slm-audit/anthropic', '@slm-audit/openai'],
  '@slm-audit/huggingface': ['@slm-audit/openai'],
  '@slm-audit/web-llm': ['@slm-audit/openai']
}
const problems: string[] = []
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.(ts|md|json|yaml)$/.test(file) && !file.includes('pnpm-lock'))

for (const file of files) {
  const lines = readFileSync(file, 'utf8').split('\n')
  const report = (at: number, problem: string) => problems.push(`${file}:${at + 1}: ${problem}`)
  if (file.endsWith('.ts') && lines.length > MAX_LINES + 1) {
    report(MAX_LINES, `${lines.length - 1} lines, over ${MAX_LINES}: split it by concept`)
  }
  lines.forEach((line, at) => {
    if (SECRETS.test(line) && !file.startsWith('scripts/')) {
      report(at, 'a path of a machine or the host of a registry: leave it out')
    }
    if (/\bvi\.waitFor\(/.test(line) && !file.startsWith('scripts/')) {
      report(at, 'tests wait with expect.poll, whose limit vitest.config.ts sets for slow machines')
    }
    if (!/^packages\/.*\/src\/.*\.ts$/.test(file)) return
    checkSource(file, line, lines[at - 1] ?? '', (problem) => report(at, problem))
  })
}
checkArrows()

if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exit(1)
}
console.log(`${files.length} files keep the house rules`)

function checkSource(
  file: string,
  line: string,
  before: string,
  report: (problem: string) => void
): void {
  const isCore = file.startsWith('packages/core/')
  const isTap =
    /\/(streams\/tap-[\w-]+|journal\/memory-journal|node\/worker\/worker-journal)\.ts$/.test(file)
  const watches = isCore || file.startsWith('packages/adapters/')
  if (watches && !isTap && /\bfor await\b|\.tee\(|\basync \*|\basync function\*/.test(line)) {
    report("watching a user's stream belongs to core's taps: use tapIterable or wrapFetch")
  }
  if (isCore && /from 'node:/.test(line) && !file.startsWith('packages/core/src/node/')) {
    report('core is for Web APIs only: move it to src/node/')
  }
  if (isCore && /from 'zod'/.test(line) && !/\/record\/(schema|record)\.ts$/.test(file)) {
    report('zod loads with the schema subpath alone')
  }
  if (/^export (async function|function|class|const|interface|type|abstract) ?\w/.test(line)) {
    if (!before.trim().endsWith('*/')) report('an exported symbol needs its contract in TSDoc')
  }
}

/**
 * adapters -> core <- journals, exporters; `slm-audit` and `testing` may use more, `fetch` the other adapters,
 * whose wire formats it puts together, and some the formats that they speak:
 * docs/decisions/0008-fetch-knows-the-adapters.md.
 */
function checkArrows(): void {
  const all = packages()
  const adapters = all.filter(({ folder }) => folder.includes('adapters/')).map(({ name }) => name)
  for (const { name, folder, manifest } of all) {
    const ours = Object.keys(manifest.dependencies ?? {}).filter((each) => /slm-audit/.test(each))
    const below = name === '@slm-audit/core' ? [] : ['@slm-audit/core']
    if (name === '@slm-audit/fetch') below.push(...adapters)
    below.push(...(SPEAK[name] ?? []))
    const isLeaf = /\/(adapters|exporters|journals)\//.test(folder)
    if (!isLeaf && name !== '@slm-audit/core') continue
    const wrong = ours.filter((each) => !below.includes(each))
    if (wrong.length > 0) {
      problems.push(
        `${folder}/package.json: depends on ${wrong.join(', ')}; below it ${below.length > 0 ? `are only ${below.join(', ')}` : 'is nothing'}`
      )
    }
  }
}
