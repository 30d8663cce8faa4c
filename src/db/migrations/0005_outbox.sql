CREATE TABLE `commit_statuses` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`repository_id` text NOT NULL,
	`commit_sha` text NOT NULL,
	`context` text NOT NULL,
	`build_id` text NOT NULL,
	`state` text NOT NULL,
	`description` text NOT NULL,
	`host` text NOT NULL,
	`telling` text NOT NULL,
	`seq` integer NOT NULL,
	`changed_at` integer NOT NULL,
	`attempts` integer NOT NULL,
	`failing_since` integer,
	`not_before` integer NOT NULL,
	`held_until` integer NOT NULL,
	`is_unsure` integer NOT NULL,
	`last_error` text,
	`told_state` text,
	`told_at` integer,
	FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`build_id`) REFERENCES `builds`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `commit_statuses_check` ON `commit_statuses` (`repository_id`,`commit_sha`,`context`);--> statement-breakpoint
CREATE INDEX `commit_statuses_of_build` ON `commit_statuses` (`build_id`);--> statement-breakpoint
CREATE INDEX `commit_statuses_held` ON `commit_statuses` (`repository_id`,`held_until`);--> statement-breakpoint
CREATE INDEX `commit_statuses_open` ON `commit_statuses` (`build_id`) WHERE state in ('pending', 'running');--> statement-breakpoint
CREATE INDEX `commit_statuses_waiting` ON `commit_statuses` (`not_before`,`changed_at`) WHERE telling = 'waiting';