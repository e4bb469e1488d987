// The page of each adapter shows its whole program, which a test runs.
import { existsSync, readdirSync, readFileSync } from 'node:fs'

const PAGES = 'docs/adapters'
const PROGRAMS = 'examples/adapters'

/** The pages of adapters with the programs of examples/adapters in them, by their paths. */
export function adapterPages(): { readonly [file: string]: string } {
  const pages = readdirSync(PAGES).map((file) => {
    const program = `${PROGRAMS}/${file.replace(/\.md$/, '.ts')}`
    const page = readFileSync(`${PAGES}/${file}`, 'utf8')
    return [`${PAGES}/${file}`, existsSync(program) ? withProgram(page, program) : page] as const
  })
  return Object.fromEntries(pages)
}

/** A page whose section "A whole program" has what `program` says; a page without one gets it. */
function withProgram(page: string, program: string): string {
  const text = readFileSync(program, 'utf8')
  const next = text.includes("from 'slm-audit'")
    ? '; `npx slm-audit list` shows what it recorded'
    : ''
  const section = `## A whole program

This is [${program}](../../${program})${next}.

\`\`\`ts
${text}\`\`\`

`
  const before = /## A whole program\n[\s\S]*?\n```\n\n/
  return before.test(page)
    ? page.replace(before, () => section)
    : page.replace(/^## /m, () => `${section}## `)
}
