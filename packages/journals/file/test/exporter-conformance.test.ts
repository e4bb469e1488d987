import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { fileExporter, openLogSource } from '@slm-audit/file'
import { testExporter } from '@slm-audit/testing/conformance'
import { collect, freshPath } from './support.ts'

testExporter({
  name: 'files',
  faults: ['down'],
  make() {
    const directory = freshPath()
    const aside = `${directory}.aside`
    return {
      open: () => fileExporter({ directory, rotate: { bytes: 3_000 }, compression: 'gzip' }),
      async received() {
        if (!existsSync(directory)) return []
        const source = await openLogSource(directory)
        return (await collect(source.records())).map(({ index }) => index)
      },
      cause(fault) {
        // A file in the place of the directory: nothing can be made in it.
        if (fault === 'down') writeFileSync(directory, '')
        else renameSync(directory, aside)
      },
      [Symbol.asyncDispose]: async () => {}
    }
  }
})
