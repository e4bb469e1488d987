// docs/packages.md: every published package in one line.
import { basename, dirname } from 'node:path'
import { type Package, packages } from './packages.ts'

const TITLES: { readonly [folder: string]: string } = {
  packages: 'What people install, and what the rest is built on',
  journals: 'Journals: where records are kept',
  exporters: 'Exporters: where records are sent',
  adapters: 'Adapters: one client each'
}

/** The page docs/packages.md. */
export function packagesPage(): string {
  const groups = Map.groupBy(packages(), ({ folder }) => basename(dirname(folder)))
  const sections = Object.entries(TITLES).map(([folder, title]) => {
    const rows = (groups.get(folder) ?? []).map(lineOf).sort()
    return `## ${title}\n\n${rows.join('\n')}\n`
  })
  return `# Packages

Made by \`pnpm run generate\` from the packages' own descriptions.

${sections.join('\n')}`
}

function lineOf({ name, folder, manifest }: Package): string {
  const page = folder.includes('/adapters/') ? `adapters/${basename(folder)}.md` : `../${folder}/`
  return `- [\`${name}\`](${page}): ${manifest.description}`
}
