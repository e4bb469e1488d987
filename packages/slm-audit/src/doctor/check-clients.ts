import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import satisfies from 'semver/functions/satisfies.js'
import ltr from 'semver/ranges/ltr.js'
import { attention, type Finding, ok } from '../base/finding.ts'
import { quoted } from '../base/next-command.ts'
import type { Asked } from './asked.ts'

/** Where our packages are, in a folder of installed packages. */
const OURS = '@slm-audit'

interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly peerDependencies?: { readonly [name: string]: string }
}

/**
 * Whether the clients that are installed for the application in a folder are of the versions that their adapters are
 * tested with. Packages are looked for as Node does, and read, not loaded.
 */
export function checkClients(folder: string, { of }: Pick<Asked, 'of'>): Finding {
  const manifests = adaptersAt(folder)
  const clients = manifests.flatMap(({ manifest, from }) =>
    Object.entries(manifest.peerDependencies ?? {})
      .filter(([name]) => !name.startsWith(`${OURS}/`))
      .flatMap(([name, range]) => {
        const version = versionAt(name, from)
        return version === undefined ? [] : [{ name, range, version, adapter: manifest.name }]
      })
  )
  const outside = clients.filter(
    ({ version, range }) => !satisfies(version, range, { includePrerelease: true })
  )
  if (outside.length === 0) {
    if (clients.length > 0) return ok('clients', `${named(clients)}: versions that are tested`)
    return ok('clients', 'no adapter with a client of its own is installed here')
  }
  const says = outside.map(
    ({ name, version, range, adapter }) =>
      `${name} ${version} is outside of what ${adapter} is tested with (${range})`
  )
  const next = `take versions that are tested, then look at a call that was recorded: ${of('show last')}`
  return attention('clients', says.join('; '), next, updateOf(outside))
}

interface Client {
  readonly name: string
  readonly version: string
  readonly range: string
  readonly adapter: string | undefined
}

/** What brings clients and adapters together: a newer client for what is too old, a newer adapter for the rest. */
function updateOf(clients: readonly Client[]): string {
  const isOld = ({ version, range }: Client) => ltr(version, range, { includePrerelease: true })
  const ranges = new Map<string, Set<string>>()
  for (const { name, range } of clients.filter(isOld)) {
    ranges.set(name, (ranges.get(name) ?? new Set()).add(range))
  }
  const install = [...ranges].map(([name, of]) => quoted(`${name}@${[...of].join(' ')}`))
  const update = new Set(clients.filter((each) => !isOld(each)).map(({ adapter }) => adapter))
  return [
    ...(install.length > 0 ? [`npm install ${install.join(' ')}`] : []),
    ...(update.size > 0 ? [`npm update ${[...update].join(' ')}`] : [])
  ].join(' && ')
}

/** Our packages that are installed for a folder, each with a place from which its peers are found. */
function adaptersAt(folder: string): { readonly manifest: Manifest; readonly from: string }[] {
  const found = new Map<string, { readonly manifest: Manifest; readonly from: string }>()
  for (const modules of modulesAt(resolve(folder))) {
    for (const name of namesIn(join(modules, OURS))) {
      const from = join(modules, OURS, name, 'package.json')
      const manifest = readManifest(from)
      if (manifest && !found.has(name)) found.set(name, { manifest, from })
    }
  }
  return [...found.values()]
}

function versionAt(name: string, from: string): string | undefined {
  for (const modules of modulesAt(dirname(from))) {
    const manifest = readManifest(join(modules, name, 'package.json'))
    if (manifest) return typeof manifest.version === 'string' ? manifest.version : undefined
  }
  return undefined
}

/** The folders of packages above a folder, the nearest first: those of NODE_PATH are the program's own, as pnpm starts it. */
function modulesAt(folder: string): readonly string[] {
  const above = dirname(folder)
  return [join(folder, 'node_modules'), ...(above === folder ? [] : modulesAt(above))]
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    // Most folders on the way have none.
    return []
  }
}

/** What a package says of itself; `undefined` where there is none, or one that cannot be read. */
function readManifest(path: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Manifest
  } catch {
    return undefined
  }
}

function named(clients: readonly { readonly name: string; readonly version: string }[]): string {
  return clients.map(({ name, version }) => `${name} ${version}`).join(', ')
}
