// Which packages may depend on which.
import { packages } from '../packages.ts'
import type { Report } from './files.ts'

/** Adapters whose services and engines speak formats of others. */
const SPEAK: { readonly [name: string]: readonly string[] } = {
  '@slm-audit/bedrock': ['@slm-audit/anthropic', '@slm-audit/openai'],
  '@slm-audit/huggingface': ['@slm-audit/openai'],
  '@slm-audit/web-llm': ['@slm-audit/openai']
}

/**
 * adapters -> core <- journals, exporters; `slm-audit` and `testing` may use more, `fetch` the other adapters,
 * whose wire formats it puts together, and some the formats that they speak:
 * docs/decisions/0008-fetch-knows-the-adapters.md.
 */
export function checkPackages(report: Report): void {
  const all = packages()
  const adapters = all.filter(({ folder }) => folder.includes('adapters/')).map(({ name }) => name)
  for (const { name, folder, manifest } of all) {
    const isLeaf = /\/(adapters|exporters|journals)\//.test(folder)
    if (!isLeaf && name !== '@slm-audit/core') continue
    const ours = Object.keys(manifest.dependencies ?? {}).filter((each) => /slm-audit/.test(each))
    const below = name === '@slm-audit/core' ? [] : ['@slm-audit/core']
    if (name === '@slm-audit/fetch') below.push(...adapters)
    below.push(...(SPEAK[name] ?? []))
    const wrong = ours.filter((each) => !below.includes(each))
    if (wrong.length === 0) continue
    const allowed = below.length > 0 ? `are only ${below.join(', ')}` : 'is nothing'
    report(`${folder}/package.json`, `depends on ${wrong.join(', ')}; below it ${allowed}`)
  }
}
