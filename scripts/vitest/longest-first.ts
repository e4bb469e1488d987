import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take longest for their size, by which vitest would put them last: the run would wait for them alone. */
const LONGEST = [
  'bench/test/bench.test.ts',
  'examples/test/examples.test.ts',
  'packages/testing/test/guard.test.ts'
]

/** Runs the longest files first, and the others in vitest's own order. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const [longest, others] = [new Map<string, TestSpecification>(), [] as TestSpecification[]]
    for (const file of await super.sort(files)) {
      const name = LONGEST.find((each) => file.moduleId.endsWith(each))
      if (name === undefined) others.push(file)
      else longest.set(name, file)
    }
    return [...LONGEST.flatMap((name) => longest.get(name) ?? []), ...others]
  }
}
