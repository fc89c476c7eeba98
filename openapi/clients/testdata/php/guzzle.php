<?php
// Loads the generated code and Guzzle 7. The generated code is for Guzzle 6, of whose functions two have become methods.
namespace GuzzleHttp {
    require '/usr/share/php/GuzzleHttp/autoload.php';

    if (!function_exists('GuzzleHttp\json_encode')) {
        function json_encode($value)
        {
            return Utils::jsonEncode($value);
        }
    }
}

namespace GuzzleHttp\Psr7 {
    if (!function_exists('GuzzleHttp\Psr7\build_query')) {
        function build_query(array $params)
        {
            return Query::build($params);
        }
    }
    if (!function_exists('GuzzleHttp\Psr7\try_fopen')) {
        function try_fopen($filename, $mode)
        {
            return Utils::tryFopen($filename, $mode);
        }
    }
}

namespace {
    spl_autoload_register(function (string $class): void {
        [$package, $rest] = explode('\\', $class, 2) + [1 => ''];
        $file = getenv('GENERATED') . '/php-' . strtolower($package) . '/lib/' . strtr($rest, '\\', '/') . '.php';
        if (is_file($file)) {
            require $file;
        }
    });
}
