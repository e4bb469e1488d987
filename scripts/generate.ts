// Writes what follows from the packages themselves, so that a new one needs no edit elsewhere:
// generate.ts [--check] writes, or with --check only names what is out of date and exits with 1.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { OUTCOME_SCHEMA } from '../packages/core/src/policy/outcome-schema.ts'
import { adapterPages } from './adapter-pages.ts'
import { commandLinePage } from './command-line-page.ts'
import { compliancePage } from './compliance-page.ts'
import { coveragePage } from './coverage.ts'
import { withFieldTables } from './field-tables.ts'
import { withFilterFields } from './filter-fields.ts'
import { formatted } from './formatted.ts'
import { fetchManifest, knownProtocols } from './known-protocols.ts'
import { optionsPage, optionTypes } from './option-types.ts'
import { packagesPage } from './packages-page.ts'
import { recordTypes } from './record-types.ts'

const FORMAT = 'docs/record-format.md'
const FILTERS = 'docs/guide/filters.md'
const OUTCOME = 'docs/policy-outcome.schema.json'

/** Every generated file, and what belongs in it. */
export async function generated(): Promise<{ readonly [file: string]: string }> {
  return {
    'docs/coverage.md': coveragePage(),
    'docs/packages.md': packagesPage(),
    'docs/compliance.md': formatted('docs/compliance.md', compliancePage()),
    [FORMAT]: formatted(FORMAT, withFieldTables(readFileSync(FORMAT, 'utf8'))),
    'docs/guide/command-line.md': await commandLinePage(),
    [FILTERS]: formatted(FILTERS, withFilterFields(readFileSync(FILTERS, 'utf8'))),
    'docs/guide/options.md': formatted('docs/guide/options.md', optionsPage()),
    [OUTCOME]: formatted(OUTCOME, JSON.stringify(OUTCOME_SCHEMA)),
    ...typeFiles(),
    ...adapterPages(),
    'packages/adapters/fetch/src/known-protocols.ts': knownProtocols(),
    'packages/adapters/fetch/package.json': fetchManifest()
  }
}

function typeFiles(): { readonly [file: string]: string } {
  const ofRecords = Object.entries(recordTypes()).map(
    ([name, text]) => [`packages/core/src/record/${name}`, text] as const
  )
  const files = [...ofRecords, ...Object.entries(optionTypes())]
  return Object.fromEntries(files.map(([file, text]) => [file, formatted(file, text)]))
}

/** The generated files that are not as they should be. */
export async function outdated(): Promise<string[]> {
  return Object.entries(await generated())
    .filter(([file, text]) => !existsSync(file) || readFileSync(file, 'utf8') !== text)
    .map(([file]) => file)
}

if (import.meta.main) {
  const files = await outdated()
  if (process.argv.includes('--check')) {
    for (const file of files) console.error(`${file} is out of date; run \`pnpm run generate\``)
    process.exitCode = files.length > 0 ? 1 : 0
  } else {
    const texts = await generated()
    for (const file of files) writeFileSync(file, texts[file] ?? '')
    console.log(files.length > 0 ? `wrote ${files.join(', ')}` : 'all is up to date')
  }
}
