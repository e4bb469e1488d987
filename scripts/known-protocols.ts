// The list of all wire formats in the fetch adapter, from the manifests of the adapters that speak on
// the wire: "slm-audit": { "protocols": "mistralProtocols", "paths": "own" }.
import { readFileSync } from 'node:fs'
import { packages } from './packages.ts'

const MANIFEST = 'packages/adapters/fetch/package.json'

interface Speaker {
  readonly name: string
  /** The exported list of protocols. */
  readonly protocols: string
  /** `common`: its paths end in words that others use too, so that it is asked last. */
  readonly paths: 'own' | 'common'
}

function speakers(): Speaker[] {
  return packages()
    .flatMap(({ name, manifest }) => {
      const said = manifest['slm-audit']
      return said ? [{ name, ...said }] : []
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The source of `known-protocols.ts`. */
export function knownProtocols(): string {
  const all = speakers()
  const imports = [
    "import type { Protocol } from '@slm-audit/core/adapter'",
    ...all.map(({ name, protocols }) => `import { ${protocols} } from '${name}'`)
  ].sort((a, b) => (fromOf(a) < fromOf(b) ? -1 : 1))
  const listed = (paths: Speaker['paths']) =>
    all.filter((one) => one.paths === paths).map(({ protocols }) => `  ...${protocols}`)
  const lines = [
    ...listed('own'),
    '  ...llamaCppProtocols',
    '  lmStudioChat as Protocol',
    '  vllmPooling',
    ...listed('common')
  ]
  return `// Made by \`pnpm run generate\` from the manifests of the adapters.
${imports.join('\n')}
import { llamaCppProtocols } from './llama-cpp-protocols.ts'
import { lmStudioChat } from './lm-studio-chat.ts'
import { vllmPooling } from './vllm-pooling.ts'

/**
 * All wire formats that slm-audit knows. The first that matches a request reads it, so those with paths
 * of their own stand before those whose paths end in common words.
 */
export const knownProtocols: readonly Protocol[] = [
${lines.join(',\n')}
]
`
}

/** The manifest of the fetch adapter, which depends on the adapters whose formats it lists. */
export function fetchManifest(): string {
  const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8')) as {
    dependencies: { [name: string]: string }
  }
  const names = ['@slm-audit/core', ...speakers().map(({ name }) => name)].sort()
  manifest.dependencies = Object.fromEntries(names.map((name) => [name, 'workspace:^']))
  return `${JSON.stringify(manifest, null, 2)}\n`
}

function fromOf(line: string): string {
  return line.slice(line.indexOf("'"))
}
