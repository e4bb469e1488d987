export { type SqliteJournalOptions, sqliteJournal } from './journal.ts'
export type { Durability } from './open-database.ts'
export { openReader } from './reader.ts'
