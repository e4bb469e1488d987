export type {
  ClientCall,
  ClientScenario,
  ClientSubject,
  Expectation,
  Params
} from './client-subject.ts'
export { expectRecord } from './expect-record.ts'
export {
  type ExporterEnd,
  type ExporterFault,
  type ExporterSubject,
  REFUSED_INDEX
} from './exporter-subject.ts'
export type { JournalStore, JournalSubject } from './journal-subject.ts'
export { collect, describeError, type Outcome, outcomeOf } from './outcome.ts'
export { testClient } from './test-client.ts'
export { testExporter } from './test-exporter.ts'
export { testJournal } from './test-journal.ts'
export { type MethodScenario, type MethodSubject, testMethod } from './test-method.ts'
export { testProtocol } from './test-protocol.ts'
export { testUntested } from './test-untested.ts'
