/** `varve/harness`: hold any store to the specification, and the parts that this is made of. */
export {
  conformance,
  ConformanceFailure,
  type ConformanceOptions,
} from './conformance/conformance.ts';
export { storeTrial, type TrialOptions } from './conformance/store-trial.ts';
export { linearize } from './conformance/linearize.ts';
export {
  crash,
  type CrashFailure,
  type CrashReport,
  type ExploreOptions,
} from './crash/explore.ts';
export type { CrashSubject, Tell } from './crash/subject.ts';
export { choicesOf, statesOf } from './disk/choices.ts';
export { FaultPlanError, parseFaultPlan } from './disk/fault-plan-parser.ts';
export {
  type CallFault,
  type CallKind,
  type DiskErrorCode,
  type Effect,
  type Fault,
  type FaultPlan,
  printFaultPlan,
  type SpaceFault,
} from './disk/fault-plan.ts';
export { faulty, type FaultyFs, type FaultyOptions, type Fired } from './disk/faulty-fs.ts';
export type { FileFate, SectorFate } from './disk/fates.ts';
export {
  type Choice,
  type DiskOperation,
  type Doubt,
  type Image,
  SimulatedDisk,
  type SimulatedDiskInit,
} from './disk/simulated-disk.ts';
export type { FileSystem } from '../engine/vfs/index.ts';
export { STORE_RULES } from './exercised/note.ts';
export { htmlOf } from './report/html.ts';
export { failureLine, progressLine, reportLine } from './report/json-lines.ts';
export type { Failure, RunReport } from './report/run-report.ts';
export { summaryOf } from './report/summary.ts';
export type { AnyStore } from './stores/any-store.ts';
export { Session, type Reopen, type SessionInit } from './stores/session.ts';
export { type Shape, shapes } from './stores/shapes.ts';
export { SteppedClock } from './stores/stepped-clock.ts';
export { VirtualClock } from './stores/virtual-clock.ts';
export { Divergence, type Evidence, type Lane } from './targets/divergence.ts';
export { Ledger } from './targets/ledger.ts';
export { storeTarget, type ShapedProgram, type StoreTargetInit } from './targets/store-target.ts';
export type { Target } from './targets/target.ts';
export { openTarget, TARGETS, type TargetEntry } from './targets/targets.ts';
export { ALL_FEATURES, type Feature, type Features, FEATURES, swarm } from './traffic/features.ts';
export { type Profile, PROFILES } from './traffic/profiles.ts';
export type { StoreCommand, StoreProgram } from './traffic/program.ts';
export { programs } from './traffic/programs.ts';
