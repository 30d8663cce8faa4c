CREATE TABLE `test_results` (
	`build_id` text NOT NULL,
	`index` integer NOT NULL,
	`position` integer NOT NULL,
	`suite` text NOT NULL,
	`name` text NOT NULL,
	`status` text NOT NULL,
	`duration_ms` integer,
	`message` text,
	`details` text,
	`file` text,
	`line` integer,
	PRIMARY KEY(`build_id`, `index`),
	FOREIGN KEY (`build_id`) REFERENCES `builds`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `test_results_by_status` ON `test_results` (`build_id`,`status`,`index`);--> statement-breakpoint
CREATE INDEX `test_results_by_duration` ON `test_results` (`build_id`,"duration_ms" desc,`index`);--> statement-breakpoint
CREATE INDEX `test_results_of_test` ON `test_results` (`name`,`suite`,"build_id" desc);--> statement-breakpoint
ALTER TABLE `builds` ADD `tests` text;