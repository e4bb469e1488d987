export { expectRecord } from './fixtures/expect-record.ts'
export { type Fixture, readFixture, sentBody } from './fixtures/fixture.ts'
export { collect, describeError, type Outcome, outcomeOf } from './fixtures/outcome.ts'
export { storesNoCanary } from './suites/canaries.ts'
export type {
  ClientCall,
  ClientScenario,
  ClientSubject,
  Expectation,
  Params
} from './suites/client-subject.ts'
export { testContentKeys } from './suites/contents/test-content-keys.ts'
export { testContentNames } from './suites/contents/test-content-names.ts'
export type { ContentsStore, ContentsSubject } from './suites/contents-subject.ts'
export {
  type ExporterEnd,
  type ExporterFault,
  type ExporterSubject,
  REFUSED_INDEX
} from './suites/exporter-subject.ts'
export type { JournalStore, JournalSubject } from './suites/journal-subject.ts'
export type { ReaderStore, ReaderSubject } from './suites/reader-subject.ts'
export type { RetainedStore, RetentionSubject } from './suites/retention-subject.ts'
export { testClient } from './suites/test-client.ts'
export { testContents } from './suites/test-contents.ts'
export { testExporter } from './suites/test-exporter.ts'
export { testJournal } from './suites/test-journal.ts'
export { type MethodScenario, type MethodSubject, testMethod } from './suites/test-method.ts'
export { testProtocol } from './suites/test-protocol.ts'
export { testReader } from './suites/test-reader.ts'
export { testRetention } from './suites/test-retention.ts'
export { testUntested } from './suites/test-untested.ts'
export { testUpkeep } from './suites/test-upkeep.ts'
export { testValues, type ValueSubject } from './suites/test-values.ts'
export type { KeyRotationSubject, RotatedStore } from './suites/upkeep/key-rotation-subject.ts'
export { testKeyRotation } from './suites/upkeep/test-key-rotation.ts'
export { testRedaction } from './suites/upkeep/test-redaction.ts'
export type { UpkeepStore, UpkeepSubject } from './suites/upkeep-subject.ts'
