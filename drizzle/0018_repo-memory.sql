CREATE TABLE `repo_memories` (
	`id` text PRIMARY KEY NOT NULL,
	`scope` text NOT NULL,
	`branch` text NOT NULL,
	`commit_hash` text NOT NULL,
	`version` integer NOT NULL,
	`analysis` text NOT NULL,
	`since` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `repo_memories_scope_branch_commit` ON `repo_memories` (`scope`,`branch`,`commit_hash`);--> statement-breakpoint
ALTER TABLE `tasks` ADD `enable_memory` integer DEFAULT false NOT NULL;