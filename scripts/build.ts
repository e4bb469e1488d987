// Builds `dist` of every package: JavaScript by tsup, declarations by one run of tsc over all.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'tsup'
import { entriesOf, packages } from './packages.ts'

const all = packages()

await Promise.all(
  all.map((each) =>
    build({
      entry: entriesOf(each),
      outDir: join(each.folder, 'dist'),
      tsconfig: 'tsconfig.base.json',
      format: ['esm'],
      target: 'node22',
      platform: 'neutral',
      external: [/^[^./]/],
      sourcemap: true,
      clean: true,
      dts: false,
      silent: true,
      config: false
    })
  )
)

rmSync('.types', { recursive: true, force: true })
mkdirSync('.types')
const tsconfig = {
  extends: '../tsconfig.base.json',
  compilerOptions: {
    rootDir: '../packages',
    outDir: 'out',
    emitDeclarationOnly: true,
    sourceMap: false
  },
  include: ['../packages/**/src'],
  exclude: ['../**/node_modules', '../**/dist']
}
writeFileSync('.types/tsconfig.json', JSON.stringify(tsconfig))
execFileSync('tsc', ['-p', '.types/tsconfig.json'], { stdio: 'inherit' })
for (const { folder } of all) {
  const types = join('.types/out', folder.slice('packages/'.length), 'src')
  cpSync(types, join(folder, 'dist'), { recursive: true })
}
console.log(`built ${all.length} packages`)
