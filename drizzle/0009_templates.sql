CREATE TABLE `credentials` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`kind` text NOT NULL,
	`username` text,
	`hint` text NOT NULL,
	`secret_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`last_used_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `credentials_name_unique` ON `credentials` (`name`);--> statement-breakpoint
CREATE TABLE `repo_templates` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`url` text NOT NULL,
	`default_branch` text NOT NULL,
	`credential_id` text,
	`delivery` text NOT NULL,
	`enable_memory` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `team_templates` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`description` text NOT NULL,
	`max_agents` integer NOT NULL,
	`review` integer NOT NULL,
	`mode` text NOT NULL,
	`roles` text NOT NULL,
	`is_default` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `tasks` ADD `team` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `credential_id` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `repo_template` text;--> statement-breakpoint
INSERT INTO `team_templates` (`id`, `name`, `description`, `max_agents`, `review`, `mode`, `roles`, `created_at`, `updated_at`) VALUES ('solo', 'Solo', 'One developer does everything, one step after the other.', 1, 0, 'sequential', '[{"name": "developer", "description": "Writes the code and its tests.", "prompt_hint": "Keep to the style of the code around you. Change what the subtask needs and nothing else, and cover it with tests.", "max_instances": 1, "run_last": false, "model": "", "allowed_tools": [], "disallowed_tools": []}]', unixepoch() * 1000 + 0, unixepoch() * 1000 + 0);--> statement-breakpoint
INSERT INTO `team_templates` (`id`, `name`, `description`, `max_agents`, `review`, `mode`, `roles`, `created_at`, `updated_at`) VALUES ('dev-review', 'Developer and reviewer', 'A developer works, a reviewer looks over the result.', 2, 1, 'sequential', '[{"name": "developer", "description": "Writes the code and its tests.", "prompt_hint": "Keep to the style of the code around you. Change what the subtask needs and nothing else, and cover it with tests.", "max_instances": 1, "run_last": false, "model": "", "allowed_tools": [], "disallowed_tools": []}, {"name": "reviewer", "description": "Reads the finished work as a whole: mistakes, missing tests, what the task asked for and did not get.", "prompt_hint": "Read the changes of the whole task and run its tests. Correct small mistakes yourself; report everything else with file and line.", "max_instances": 1, "run_last": true, "model": "", "allowed_tools": [], "disallowed_tools": []}]', unixepoch() * 1000 + 1, unixepoch() * 1000 + 1);--> statement-breakpoint
INSERT INTO `team_templates` (`id`, `name`, `description`, `max_agents`, `review`, `mode`, `roles`, `created_at`, `updated_at`) VALUES ('full-team', 'Full team', 'A manager directs up to three developers, a reviewer looks over the result.', 5, 1, 'collaborative', '[{"name": "manager", "description": "Divides the work, answers the workers and accepts what they hand in.", "prompt_hint": "Give every worker a clear directive with its limits. Look at the changes before you accept them; ask for corrections in concrete terms.", "max_instances": 1, "run_last": false, "model": "", "allowed_tools": [], "disallowed_tools": []}, {"name": "developer", "description": "Writes the code and its tests.", "prompt_hint": "Keep to the style of the code around you. Change what the subtask needs and nothing else, and cover it with tests.", "max_instances": 3, "run_last": false, "model": "", "allowed_tools": [], "disallowed_tools": []}, {"name": "reviewer", "description": "Reads the finished work as a whole: mistakes, missing tests, what the task asked for and did not get.", "prompt_hint": "Read the changes of the whole task and run its tests. Correct small mistakes yourself; report everything else with file and line.", "max_instances": 1, "run_last": true, "model": "", "allowed_tools": [], "disallowed_tools": []}]', unixepoch() * 1000 + 2, unixepoch() * 1000 + 2);--> statement-breakpoint
INSERT INTO `team_templates` (`id`, `name`, `description`, `max_agents`, `review`, `mode`, `roles`, `created_at`, `updated_at`) VALUES ('parallel-devs', 'Parallel developers', 'Up to three developers work at the same time, each on its own part.', 3, 0, 'parallel', '[{"name": "developer", "description": "Writes the code and its tests.", "prompt_hint": "Keep to the style of the code around you. Change what the subtask needs and nothing else, and cover it with tests.", "max_instances": 3, "run_last": false, "model": "", "allowed_tools": [], "disallowed_tools": []}]', unixepoch() * 1000 + 3, unixepoch() * 1000 + 3);--> statement-breakpoint
INSERT INTO `team_templates` (`id`, `name`, `description`, `max_agents`, `review`, `mode`, `roles`, `created_at`, `updated_at`) VALUES ('dev-test', 'Developer and tester', 'A developer works, a tester tests the result.', 2, 0, 'sequential', '[{"name": "developer", "description": "Writes the code and its tests.", "prompt_hint": "Keep to the style of the code around you. Change what the subtask needs and nothing else, and cover it with tests.", "max_instances": 1, "run_last": false, "model": "", "allowed_tools": [], "disallowed_tools": []}, {"name": "tester", "description": "Tests the finished work and closes gaps in its tests.", "prompt_hint": "Write tests for what the task asked for, the edges first. Run the whole suite. Correct the code only where a test shows a mistake, and say so.", "max_instances": 1, "run_last": true, "model": "", "allowed_tools": [], "disallowed_tools": []}]', unixepoch() * 1000 + 4, unixepoch() * 1000 + 4);
