import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { fileExporter, openLogSource } from '@slm-audit/file'
import { testExporter } from '@slm-audit/testing/conformance'
import { collect, freshPath } from './support.ts'

testExporter({
  name: 'files',
  faults: ['down'],
  make() {
    const parent = freshPath()
    const directory = `${parent}/copy`
    const aside = `${parent}.aside`
    return {
      open: () => fileExporter({ directory, rotate: { bytes: 3_000 }, compression: 'gzip' }),
      async received() {
        if (!existsSync(directory)) return []
        const source = await openLogSource(directory)
        return (await collect(source.records())).map(({ index }) => index)
      },
      cause(fault) {
        // A file in the place of the folder above: nothing can be made below it.
        if (fault === 'down') writeFileSync(parent, '')
        else renameSync(parent, aside)
      },
      [Symbol.asyncDispose]: async () => {}
    }
  }
})
