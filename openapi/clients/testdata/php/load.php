<?php
// Loads every class that was generated.
require __DIR__ . '/guzzle.php';

error_reporting(E_ALL & ~E_DEPRECATED);

foreach (glob(getenv('GENERATED') . '/php-*/lib/{,Api/,Model/}*.php', GLOB_BRACE) as $file) {
    require_once $file;
}
