CREATE TABLE `task_counts` (
	`status` text PRIMARY KEY NOT NULL,
	`count` integer NOT NULL
);
--> statement-breakpoint
DROP INDEX `agents_task`;--> statement-breakpoint
DROP INDEX `agents_status`;--> statement-breakpoint
CREATE INDEX `agents_task_created` ON `agents` (`task_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `agents_status_created` ON `agents` (`status`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `agents_created` ON `agents` (`created_at`,`id`);--> statement-breakpoint
DROP INDEX `tasks_status`;--> statement-breakpoint
DROP INDEX `tasks_created`;--> statement-breakpoint
ALTER TABLE `tasks` ADD `number` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `tasks` SET `number` = o.place FROM (SELECT `id`, row_number() OVER (ORDER BY `created_at`, rowid) AS place FROM `tasks`) AS o WHERE o.`id` = `tasks`.`id`;--> statement-breakpoint
CREATE INDEX `tasks_status_number` ON `tasks` (`status`,`number`);--> statement-breakpoint
CREATE INDEX `tasks_number` ON `tasks` (`number`,`name`);--> statement-breakpoint
CREATE INDEX `events_task_type` ON `events` (`task_id`,`type`,`seq`);--> statement-breakpoint
CREATE INDEX `events_type` ON `events` (`type`);--> statement-breakpoint
CREATE INDEX `events_agent` ON `events` (`agent_id`,`seq`) WHERE agent_id is not null;--> statement-breakpoint
CREATE VIRTUAL TABLE `tasks_search` USING fts5(`name`, `prompt`, content='', contentless_delete=1, tokenize='trigram');--> statement-breakpoint
INSERT INTO `tasks_search`(rowid, `name`, `prompt`) SELECT `number`, `name`, `prompt` FROM `tasks`;--> statement-breakpoint
INSERT INTO `task_counts`(`status`, `count`) SELECT `status`, count(*) FROM `tasks` GROUP BY `status`;--> statement-breakpoint
CREATE TRIGGER `tasks_inserted` AFTER INSERT ON `tasks` BEGIN
	INSERT INTO `tasks_search`(rowid, `name`, `prompt`) VALUES (new.`number`, new.`name`, new.`prompt`);
	INSERT INTO `task_counts`(`status`, `count`) VALUES (new.`status`, 1) ON CONFLICT(`status`) DO UPDATE SET `count` = `count` + 1;
END;--> statement-breakpoint
CREATE TRIGGER `tasks_deleted` AFTER DELETE ON `tasks` BEGIN
	DELETE FROM `tasks_search` WHERE rowid = old.`number`;
	UPDATE `task_counts` SET `count` = `count` - 1 WHERE `status` = old.`status`;
	DELETE FROM `task_counts` WHERE `status` = old.`status` AND `count` = 0;
END;--> statement-breakpoint
CREATE TRIGGER `tasks_renamed` AFTER UPDATE OF `name`, `prompt` ON `tasks` BEGIN
	UPDATE `tasks_search` SET `name` = new.`name`, `prompt` = new.`prompt` WHERE rowid = old.`number`;
END;--> statement-breakpoint
CREATE TRIGGER `tasks_moved` AFTER UPDATE OF `status` ON `tasks` WHEN old.`status` <> new.`status` BEGIN
	UPDATE `task_counts` SET `count` = `count` - 1 WHERE `status` = old.`status`;
	DELETE FROM `task_counts` WHERE `status` = old.`status` AND `count` = 0;
	INSERT INTO `task_counts`(`status`, `count`) VALUES (new.`status`, 1) ON CONFLICT(`status`) DO UPDATE SET `count` = `count` + 1;
END;
