// Packs every package as it would be published, checks the tarballs, and imports what they hold.
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { type Package, packages } from './packages.ts'

const run = promisify(execFile)
const TSC = [
  '--noEmit',
  '--strict',
  '--skipLibCheck',
  '--module',
  'nodenext',
  '--target',
  'es2023',
  'types.mts'
]
/** Types that every user of Node has: no DOM library, and no declaration of ours is skipped. */
const PLAIN = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023']
PLAIN.push('--lib', 'es2023', '--types', 'node', 'types.mts')
const USE = `
const { createAuditLog } = await import('slm-audit')
const log = await createAuditLog({ file: 'audit.db' })
await log.record({ operation: 'chat', provider: 'test' }, async () => 1)
await log.close()
`

const all = packages()
const work = mkdtempSync(join(tmpdir(), 'slm-audit-pack-'))
const problems: string[] = []

for (const each of all) checkManifest(each)
const tarballs = await Promise.all(all.map(pack))
await Promise.all(tarballs.map(lint))
const imported = smokeTest()
rmSync(work, { recursive: true, force: true })
if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exit(1)
}
console.log(`packed and checked ${all.length} packages, imported ${imported} entries`)

function checkManifest({ name, folder, manifest }: Package): void {
  const source = Object.keys(manifest.exports).join(' ')
  const published = Object.keys(manifest.publishConfig.exports).join(' ')
  if (source !== published)
    problems.push(`${name}: exports (${source}) and publishConfig.exports (${published}) differ`)
  for (const file of ['README.md', 'LICENSE']) {
    if (!existsSync(join(folder, file))) problems.push(`${name}: ${file} is missing`)
  }
  const configs = readdirSync(folder).filter((file) => /^(tsconfig|tsup|vitest|biome)/.test(file))
  if (configs.length > 0)
    problems.push(`${name}: ${configs.join(', ')}: packages share the root's configuration`)
}

async function pack({ name, folder }: Package): Promise<{ name: string; tarball: string }> {
  const target = join(work, name.replace('/', '+'))
  mkdirSync(target)
  await run('pnpm', ['pack', '--pack-destination', target], { cwd: folder })
  return { name, tarball: join(target, readdirSync(target)[0] ?? '') }
}

async function lint({ name, tarball }: { name: string; tarball: string }): Promise<void> {
  const checks = [
    ['publint', 'run', tarball, '--strict'],
    ['attw', tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-color']
  ] as const
  for (const [command, ...args] of checks) {
    await run(command, args).catch((error: { stdout?: string; stderr?: string }) => {
      problems.push(`${name}: ${command}\n${error.stdout ?? ''}${error.stderr ?? ''}`)
    })
  }
}

/** Lays the tarballs out as an application would have them, and imports every entry. */
function smokeTest(): number {
  const modules = join(work, 'app', 'node_modules')
  mkdirSync(modules, { recursive: true })
  for (const { name, tarball } of tarballs) {
    const target = join(modules, name)
    mkdirSync(target, { recursive: true })
    execFileSync('tar', ['-xzf', tarball, '-C', target, '--strip-components=1'])
  }
  for (const { folder, manifest } of all) {
    for (const dependency of Object.keys({
      ...manifest.dependencies,
      ...manifest.peerDependencies
    })) {
      const installed = resolve(folder, 'node_modules', dependency)
      const link = join(modules, dependency)
      if (existsSync(link) || !existsSync(installed)) continue
      mkdirSync(join(link, '..'), { recursive: true })
      symlinkSync(installed, link)
    }
  }
  const entries = all.flatMap(({ name, manifest }) =>
    Object.keys(manifest.exports)
      .filter((subpath) => !subpath.endsWith('.json') && subpath !== './conformance')
      .map((subpath) => join(name, subpath))
  )
  const types = entries.map(
    (entry, index) => `import * as m${index} from '${entry}'\nvoid m${index}`
  )
  writeFileSync(join(work, 'app', 'types.mts'), types.join('\n'))
  const code = entries.map((entry) => `await import('${entry}')`).join('\n')
  writeFileSync(join(work, 'app', 'run.mjs'), `${code}\n${USE}`)
  try {
    execFileSync('node', ['run.mjs'], {
      cwd: join(work, 'app'),
      stdio: ['ignore', 'ignore', 'inherit']
    })
    checkQuick(join(work, 'app'))
    execFileSync(resolve('node_modules/.bin/tsc'), TSC, {
      cwd: join(work, 'app'),
      stdio: 'inherit'
    })
  } catch (error) {
    problems.push(
      `the packed packages do not work: ${error instanceof Error ? error.message : error}`
    )
  }
  checkDeclarations(join(work, 'app'))
  return entries.length
}

/** Commands that read a log have a program of their own, which says what the one of all commands says. */
function checkQuick(app: string): void {
  const program = join(app, 'node_modules/slm-audit/dist/cli.js')
  const said = (line: string) =>
    execFileSync('node', [program, ...line.split(' '), '--file', 'audit.db'], {
      cwd: app,
      encoding: 'utf8'
    })
  const lines = ['list', 'show last', 'search --help', 'stats --json', 'verify --json']
  const quick = lines.map(said)
  // With a configuration that is a program, all commands are loaded from their own files.
  writeFileSync(join(app, 'slm-audit.config.mjs'), 'export default {}')
  for (const [at, line] of lines.entries()) {
    const whole = said(line)
    if (quick[at] !== whole || whole === '') {
      problems.push(`slm-audit ${line} gives ${quick[at]}, and with all commands loaded ${whole}`)
    }
  }
}

/** Declarations compile for a user without the DOM library; those of vendors are not ours to check. */
function checkDeclarations(app: string): void {
  const types = join(app, 'node_modules', '@types')
  mkdirSync(types, { recursive: true })
  symlinkSync(resolve('node_modules/@types/node'), join(types, 'node'))
  const { stdout, error } = spawnSync(resolve('node_modules/.bin/tsc'), PLAIN, {
    cwd: app,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024
  })
  if (error) throw error
  const ours = stdout
    .split('\n')
    .filter((line) => /^node_modules\/(@slm-audit\/|slm-audit\/)/.test(line))
  problems.push(...ours.map((line) => `without the DOM library: ${line}`))
}
